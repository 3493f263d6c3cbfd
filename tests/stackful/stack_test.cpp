// Stacks: growth, foreign code, and what comes back. On every policy; what only some can do says
// so.
#include "twofold/stackful/stack.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <regex>
#include <string>
#include <twofold/twofold.hpp>
#include <vector>

#include "common/keep_whole.hpp"

namespace twofold {
namespace {

[[nodiscard]] bool is_segmented() { return std::strcmp(stack_policy(), "segmented") == 0; }

[[gnu::noinline]] long recurse(long depth) {
  volatile char frame[64];
  test::keep_whole(frame);
  frame[0] = 1;
  const long below = depth == 0 ? (await(yield_now()), 0) : recurse(depth - 1) + 1;
  return below + frame[0] - 1;
}

TEST(Stack, ComesFromThePoolAgain) {
  const Stack first = acquire_stack();
  ASSERT_NE(first.top, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first.top) % 64, 0U);
  EXPECT_LT(first.low, first.top);
  release_stack(first);
  const Stack second = acquire_stack();
  EXPECT_EQ(first.top, second.top);
  release_stack(second);
}

TEST(Stack, HoldsADeepRecursionThatSuspends) {
  const long depth = is_segmented() ? 300'000 : 100;
  block_on([depth] { EXPECT_EQ(recurse(depth), depth); });
}

TEST(Stack, GivesMemoryBackAfterADeepRecursion) {
  if (!is_segmented()) GTEST_SKIP() << "stacks of this policy have one size";
  std::uint64_t before = 0;
  block_on([&] {
    recurse(10);
    before = stack_metrics().bytes_mapped;
    EXPECT_EQ(recurse(500'000), 500'000);  // frames of 64 bytes and more
    EXPECT_GT(stack_metrics().bytes_peak, before + (std::uint64_t{32} << 20));
  });
  EXPECT_LT(stack_metrics().bytes_mapped, before + (std::uint64_t{12} << 20));
}

// Never part of the frames that call it.
[[nodiscard, gnu::noinline]] std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t pages = 0;
  statm >> total >> pages;
  return pages * 4096;
}

// Frames of a KiB and a little; looks at the memory from the bottom.
[[gnu::noinline]] int fill(int depth, std::size_t& at_the_bottom) {
  volatile char frame[1024];
  test::keep_whole(frame);
  for (std::size_t i = 0; i < sizeof frame; i += 64) frame[i] = 1;
  if (depth == 0) {
    await(yield_now());
    at_the_bottom = resident_bytes();
    return 0;
  }
  return fill(depth - frame[0], at_the_bottom) + frame[64];
}

TEST(Stack, ReachesSixtyFourMebibytesAndGivesThemBack) {
  if (!is_segmented()) GTEST_SKIP() << "stacks of this policy have one size";
  constexpr int kFrames = 56'000;
  constexpr std::size_t kMebibyte = std::size_t{1} << 20;
  std::size_t before = 0;
  std::size_t at_the_bottom = 0;
  std::size_t after = 0;
  block_on([&] {
    fill(1, before);
    EXPECT_EQ(fill(kFrames, at_the_bottom), kFrames);
    after = resident_bytes();
    EXPECT_GT(stack_metrics().deepest_bytes, 58 * kMebibyte);
  });
  EXPECT_GT(at_the_bottom, before + 54 * kMebibyte);
  EXPECT_LT(after, before + 8 * kMebibyte);
  std::printf("resident: %zu KiB before, %zu KiB at the bottom, %zu KiB after\n", before / 1024,
              at_the_bottom / 1024, after / 1024);
}

TEST(Stack, IsCountedInTheRuntimesMetrics) {
  Runtime runtime;
  runtime.block_on([&] {
    const StateMemory before = runtime.metrics().memory;
    EXPECT_GE(before.segments, 1U);
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < 100; ++i) handles.push_back(spawn([] { await(pending<Unit>()); }));
    await(yield_now());
    const StateMemory parked = runtime.metrics().memory;
    EXPECT_GE(parked.segments, before.segments + 100);
    recurse(is_segmented() ? 5'000 : 10);
    const StateMemory grown = runtime.metrics().memory;
    if (is_segmented()) {
      EXPECT_GT(grown.growths + grown.spare_hits, parked.growths + parked.spare_hits);
      EXPECT_GT(grown.deepest_bytes, 5'000U * 64U);
    }
    EXPECT_GE(grown.bytes_peak, grown.bytes);
  });
}

// Frames that are all but untouched.
[[gnu::noinline]] int beyond_the_largest_segment() {
  volatile char frame[200 << 20];
  test::keep_whole(frame);
  frame[0] = 1;
  return frame[0];
}
[[gnu::noinline]] int in_the_largest_segment() {
  volatile char frame[900 << 20];
  test::keep_whole(frame);
  frame[0] = 1;
  return frame[0] + beyond_the_largest_segment();
}

TEST(Stack, GrowsBeyondTheLargestSegment) {
  if (!is_segmented()) GTEST_SKIP() << "stacks of this policy have one size";
  const std::size_t limit = stack_limit();
  set_stack_limit(std::size_t{4} << 30);
  EXPECT_EQ(block_on(in_the_largest_segment), 2);
  set_stack_limit(limit);
  trim_stacks();
}

[[gnu::noinline]] double nine_arguments(int a, int b, int c, int d, int e, int f, long g, double h,
                                        long i) {
  if (a == 0) return static_cast<double>(g + i) + h;
  return nine_arguments(a - 1, b, c, d, e, f, g, h, i) + 1;
}

TEST(Stack, CarriesArgumentsAcrossSegments) {
  block_on([] { EXPECT_EQ(nine_arguments(500, 1, 2, 3, 4, 5, 6, 7.5, 8), 521.5); });
}

// Each hops to a segment with room, wherever the fiber stands.
void call_the_library(int depth) {
  volatile char frame[32];
  test::keep_whole(frame);
  frame[0] = static_cast<char>(depth);
  if (depth > 0) return call_the_library(depth - frame[0] / frame[0]);
  char text[64];
  std::snprintf(text, sizeof text, "%.3f %s", 1.5, "text");
  EXPECT_STREQ(text, "1.500 text");
  EXPECT_TRUE(std::regex_match("aaabbb", std::regex("a*b*")));
  EXPECT_EQ(std::to_string(2.5), "2.500000");
}

TEST(Stack, LetsTheLibraryRunFromAnyDepth) {
  block_on([] {
    for (int depth = 0; depth < 40; ++depth) call_the_library(depth);
  });
}

TEST(Stack, GivesForeignCodeRoomByHand) {
  block_on([] {
    const int sum = on_big_stack([] {
      volatile char large[100 * 1024];
      test::keep_whole(large);
      std::memset(const_cast<char*>(large), 1, sizeof large);
      return large[0] + large[sizeof large - 1];
    });
    EXPECT_EQ(sum, 2);
    EXPECT_THROW(on_big_stack([] { throw std::runtime_error("passes through"); }),
                 std::runtime_error);
    on_big_stack([] { await(yield_now()); });
  });
}

TEST(Stack, AMillionCallsAcrossABoundaryAllocateNothing) {
  if (!is_segmented()) GTEST_SKIP() << "stacks of this policy do not grow";
  block_on([] {
    for (int depth = 0; depth < 30; ++depth) recurse(depth);
    const StackMetrics before = stack_metrics();
    for (int i = 0; i < 100'000; ++i) recurse(i % 30);
    const StackMetrics after = stack_metrics();
    EXPECT_EQ(after.growths, before.growths) << "the slow path was taken";
    EXPECT_EQ(after.bytes_mapped, before.bytes_mapped);
  });
}

TEST(Stack, OverflowStopsWithTheTasksName) {
  const auto overflow = [] {
    block_on([] {
      this_task::set_name("bottomless");
      recurse(100'000'000);
    });
  };
  EXPECT_DEATH(overflow(), "stack overflow in task .*bottomless");
}

TEST(Stack, ATaskThatHoldsStringsAndCatchesParksSmall) {
  if (!is_segmented()) GTEST_SKIP() << "a matter of segments";
  block_on([] {
    const auto holder = [] {
      const std::string text(100, 'x');
      std::vector<int> numbers(50, 1);
      try {
        await(sleep(std::chrono::milliseconds(20)));
      } catch (const std::exception&) {
        numbers.clear();
      }
      return text.size() + numbers.size();
    };
    std::vector<JoinHandle<std::size_t>> handles;
    handles.push_back(spawn(holder));
    await(yield_now());
    const std::uint64_t before = stack_metrics().bytes_mapped;
    for (int i = 0; i < 2'000; ++i) handles.push_back(spawn(holder));
    await(yield_now());
    const std::uint64_t bytes = stack_metrics().bytes_mapped - before;
    for (auto& handle : handles) EXPECT_EQ(await(handle), 150U);
#ifdef __OPTIMIZE__
    // Without optimization the many small functions of the library are called, which have no
    // thunks.
    EXPECT_LT(bytes, 2'000U * 2'048 + (1U << 20));
#else
    EXPECT_GT(bytes, 0U);
#endif
  });
}

}  // namespace
}  // namespace twofold
