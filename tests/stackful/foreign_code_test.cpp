// Code compiled without checks of the stack, called from every depth of a fiber: what
// docs/design/segmented-stacks.md says is safe is tested here, line by line, on every policy.
#include "stackful/foreign/foreign.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include <netdb.h>
#include <sys/socket.h>

#include "common/keep_whole.hpp"
#include "stackful/depths.hpp"

// Whether the program was linked with a thunk for foreign::large_frame().
extern "C" [[gnu::weak]] void __wrap__ZN7twofold7foreign11large_frameEi();
// Defined by nobody.
extern "C" [[gnu::weak]] int foreign_hook(int value);

namespace twofold {
namespace {

using stack_test::at_every_depth;
using stack_test::is_segmented;

// A fixed stack of 64 KiB holds no frame of 64 KiB, and a deep paged one does not either.
[[nodiscard]] bool holds_large_frames() { return stack_limit() >= std::size_t{128} << 10; }
constexpr std::size_t kDeepForLargeFrames = std::size_t{100} << 10;

TEST(ForeignCode, RunsWithALargeFrameWhenCalledDirectly) {
  if (!holds_large_frames()) GTEST_SKIP() << "larger than a whole stack of this policy";
  at_every_depth([] { ASSERT_EQ(foreign::large_frame(3), 6); }, kDeepForLargeFrames);
}

// The prologue of such a frame is another one.
[[gnu::noinline]] int call_from_a_frame_of_hundreds(int seed) {
  volatile char frame[300];
  test::keep_whole(frame);
  frame[0] = static_cast<char>(seed);
  return foreign::large_frame(frame[0]);
}

TEST(ForeignCode, RunsWithALargeFrameCalledFromAFrameOfSomeHundredBytes) {
  if (!holds_large_frames()) GTEST_SKIP() << "larger than a whole stack of this policy";
  auto* const thunk = &__wrap__ZN7twofold7foreign11large_frameEi;
  if (is_segmented() && thunk == nullptr) GTEST_SKIP() << "lld is content with 16 KiB there";
  at_every_depth([] { ASSERT_EQ(call_from_a_frame_of_hundreds(3), 6); }, kDeepForLargeFrames);
}

TEST(ForeignCode, IsNotThereWhereAHookIsNotDefined) {
  EXPECT_EQ(block_on([] { return &foreign_hook != nullptr ? foreign_hook(1) : 0; }), 0);
}

TEST(ForeignCode, RunsWithALargeFrameByAPointerTakenInOwnCode) {
  if (!holds_large_frames()) GTEST_SKIP() << "larger than a whole stack of this policy";
  at_every_depth(
      [] {
        foreign::Function function = &foreign::large_frame;
        asm volatile("" : "+r"(function));
        ASSERT_EQ(function(4), 8);
      },
      kDeepForLargeFrames);
}

TEST(ForeignCode, RunsWithALargeFrameByAPointerOfTheLibrary) {
  if (!holds_large_frames()) GTEST_SKIP() << "larger than a whole stack of this policy";
  at_every_depth(
      [] {
        const foreign::Function function = foreign::large_frame_pointer();
        ASSERT_EQ(function(4), 8);
      },
      kDeepForLargeFrames);
}

TEST(ForeignCode, RunsWithALargeFrameByAVirtualFunctionOfTheLibrary) {
  if (!holds_large_frames()) GTEST_SKIP() << "larger than a whole stack of this policy";
  at_every_depth([] { ASSERT_EQ(foreign::large_shape().area(5), 10); }, kDeepForLargeFrames);
}

TEST(ForeignCode, RunsOnABigStackWhenCalledByAPointerOfTheLibrary) {
  at_every_depth([] {
    const foreign::Function function = foreign::large_frame_pointer();
    ASSERT_EQ(on_big_stack([function] { return function(5); }), 10);
  });
}

TEST(ForeignCode, RunsOnABigStackWhenCalledByAVirtualFunctionOfTheLibrary) {
  at_every_depth([] {
    const foreign::Shape& shape = foreign::large_shape();
    ASSERT_EQ(on_big_stack([&shape] { return shape.area(6); }), 12);
  });
}

TEST(ForeignCode, GetsItsArgumentsFromTheStack) {
  at_every_depth([] {
    ASSERT_EQ(foreign::weighted_sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.0, 12), 650);
    ASSERT_EQ(foreign::sum_of(9, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L), 45);
  });
}

// Own functions, which hand on what they have got.
[[gnu::noinline]] long sum_behind_one(int count, ...) {
  std::va_list values;
  va_start(values, count);
  const long sum = foreign::sum_of_list(count, values);
  va_end(values);
  return sum;
}
// Those with a name lie on the stack too.
[[gnu::noinline]] long sum_behind_eight(int a, int b, int c, int d, int e, int f, long g, int count,
                                        ...) {
  std::va_list values;
  va_start(values, count);
  const long sum = foreign::sum_of_list(count, values);
  va_end(values);
  return sum + a + b + c + d + e + f + g;
}
void hand_on_arguments() {
  ASSERT_EQ(sum_behind_one(9, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L), 45);
  ASSERT_EQ(sum_behind_eight(1, 2, 3, 4, 5, 6, 7, 3, 8L, 9L, 10L), 55);
}

TEST(ForeignCode, GetsTheArgumentsThatOwnVariadicFunctionsHandOn) {
  hand_on_arguments();
  at_every_depth([] { hand_on_arguments(); });
}

// Through pointers, from whatever register.
TEST(ForeignCode, GetsItsArgumentsFromTheStackThroughPointers) {
  auto* const sum = &foreign::weighted_sum;
  auto* const sum_of = &foreign::sum_of;
  at_every_depth([sum, sum_of] {
    auto* function = sum;
    auto* variadic = sum_of;
    asm volatile("" : "+r"(function), "+r"(variadic));
    ASSERT_EQ(function(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.0, 12), 650);
    ASSERT_EQ(variadic(9, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L), 45);
  });
}

// A virtual function reached by its second base class, which has an entry of its own.
struct First {
  virtual ~First() = default;
  virtual int first() { return 1; }
};
struct Second {
  virtual ~Second() = default;
  virtual int second(int depth) = 0;
};
struct Both final : First, Second {
  int second(int depth) override {
    if (depth == 0) {
      await(yield_now());
      return 0;
    }
    Second* self = this;
    asm volatile("" : "+r"(self));
    return self->second(depth - 1) + first();
  }
};

TEST(ForeignCode, IsToldFromOwnVirtualFunctionsOfASecondBase) {
  at_every_depth(
      [] {
        Both both;
        ASSERT_EQ(both.second(20), 20);
      },
      std::size_t{20} << 10);
}

TEST(ForeignCode, CallsBackIntoCodeThatSuspends) {
  at_every_depth([] {
    const int answer = foreign::call_back(
        [](void* argument) {
          await(yield_now());
          return *static_cast<int*>(argument) + 1;
        },
        std::make_unique<int>(40).get());
    ASSERT_EQ(answer, 42);
  });
}

TEST(ForeignCode, PrintsFloatingPointNumbers) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> sink(std::fopen("/dev/null", "w"),
                                                             &std::fclose);
  ASSERT_NE(sink, nullptr);
  at_every_depth([&sink] {
    char text[64];
    std::snprintf(text, sizeof text, "%.3f %Lg %s", 1.5, 2.25L, "text");
    ASSERT_STREQ(text, "1.500 2.25 text");
    ASSERT_EQ(std::fprintf(sink.get(), "%.17g %a\n", 0.1, 0.1), 41);
    ASSERT_EQ(std::to_string(2.5), "2.500000");
    ASSERT_DOUBLE_EQ(std::stod("6.25"), 6.25);
  });
}

TEST(ForeignCode, MatchesRegularExpressions) {
  at_every_depth(
      [] {
        const std::regex pattern("(a*)(b+)([[:digit:]]{2})");
        std::smatch parts;
        const std::string text = "aaabbb42";
        ASSERT_TRUE(std::regex_match(text, parts, pattern));
        ASSERT_EQ(parts[3], "42");
      },
      std::size_t{20} << 10);
}

TEST(ForeignCode, ResolvesNames) {
  at_every_depth(
      [] {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        // From /etc/hosts: the name service's modules are loaded and run on this stack.
        ASSERT_EQ(::getaddrinfo("localhost", "80", &hints, &found), 0);
        ASSERT_NE(found, nullptr);
        ::freeaddrinfo(found);
      },
      std::size_t{4} << 10);
}

int compare_after_yield(const void* a, const void* b) {
  await(yield_now());
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

[[nodiscard]] std::vector<int> shuffled(std::size_t count) {
  std::vector<int> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<int>(i * 37 % count);
  return numbers;
}

TEST(ForeignCode, SortsByAComparatorThatSuspends) {
  at_every_depth(
      [] {
        std::vector<int> numbers = shuffled(20);
        std::qsort(numbers.data(), numbers.size(), sizeof(int), &compare_after_yield);
        ASSERT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
      },
      std::size_t{20} << 10);
}

TEST(ForeignCode, LetsAlgorithmsAndFunctionsSuspend) {
  at_every_depth(
      [] {
        std::vector<int> numbers = shuffled(20);
        const std::function<bool(int, int)> less = [](int a, int b) {
          await(yield_now());
          return a < b;
        };
        std::sort(numbers.begin(), numbers.end(), less);
        ASSERT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
      },
      std::size_t{20} << 10);
}

// Two fibers in the same foreign function at the same time, each suspended inside it.
TEST(ForeignCode, HoldsSeveralFibersAtATime) {
  block_on([] {
    std::vector<JoinHandle<int>> handles;
    for (int i = 0; i < 50; ++i) {
      handles.push_back(spawn([i] {
        int value = i;
        return foreign::call_back(
            [](void* argument) {
              for (int round = 0; round < 3; ++round) await(yield_now());
              return *static_cast<int*>(argument);
            },
            &value);
      }));
    }
    for (int i = 0; i < 50; ++i) EXPECT_EQ(await(handles[static_cast<std::size_t>(i)]), i + 1);
  });
}

TEST(ForeignCode, GivesBackTheSegmentsThatItRanOn) {
  if (!is_segmented()) GTEST_SKIP() << "stacks of this policy do not grow";
  block_on([] {
    static_cast<void>(foreign::sum_of(1, 1L));
    const StackMetrics before = stack_metrics();
    for (int i = 0; i < 10'000; ++i) static_cast<void>(foreign::sum_of(2, 1L, 2L));
    const StackMetrics after = stack_metrics();
    EXPECT_EQ(after.further_segments, before.further_segments);
    EXPECT_EQ(after.bytes_mapped, before.bytes_mapped);
  });
}

}  // namespace
}  // namespace twofold
