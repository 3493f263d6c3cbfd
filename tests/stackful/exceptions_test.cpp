// Exceptions on fibers: across segments, through foreign frames, across suspensions; and
// cancellation, which is one.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/keep_whole.hpp"
#include "stackful/depths.hpp"
#include "stackful/foreign/foreign.hpp"

namespace twofold {
namespace {

using stack_test::at_every_depth;
using stack_test::is_segmented;

struct CountsDown {
  int& alive;
  explicit CountsDown(int& count) : alive(count) { ++alive; }
  ~CountsDown() { --alive; }
  CountsDown(const CountsDown&) = delete;
  CountsDown& operator=(const CountsDown&) = delete;
};

// Each call has a destructor and so much of a frame that segments of 2 to 32 KiB are used up in
// turn.
int descend(int depth, int& alive, void (*at_the_bottom)()) {
  const CountsDown counted(alive);
  volatile char frame[300];
  test::keep_whole(frame);
  frame[0] = 1;
  if (depth == 0) {
    at_the_bottom();
    return 0;
  }
  return descend(depth - frame[0], alive, at_the_bottom) + frame[0];
}

// 1 KiB + 2 + 4 + 8 + 16 KiB and then some; half of it on stacks of one size, which hold no more.
[[nodiscard]] int five_segments() { return is_segmented() ? 120 : 60; }

std::uint64_t segments_at_the_bottom = 0;

void throw_from_below() {
  segments_at_the_bottom = stack_metrics().further_segments;
  throw std::runtime_error("from below");
}

// A fiber's first function, which calls nothing that does not check its stack: a function that does
// runs on a large segment, and what it calls with it.
bool is_caught_from_below(int depth, int& alive) {
  try {
    descend(depth, alive, &throw_from_below);
    return false;
  } catch (const std::runtime_error& error) {
    return std::string_view(error.what()) == "from below";
  }
}

TEST(Exceptions, PassFiveSegmentsAndRunEveryDestructor) {
  block_on([] {
    int alive = 0;
    const StackMetrics before = stack_metrics();
    for (int round = 0; round < 100; ++round) {
      ASSERT_TRUE(await(spawn(is_caught_from_below, five_segments(), std::ref(alive))));
      ASSERT_EQ(alive, 0);
    }
    if (is_segmented()) {
      EXPECT_GE(segments_at_the_bottom, before.further_segments + 5);
      EXPECT_EQ(stack_metrics().further_segments, before.further_segments);
    }
    EXPECT_EQ(descend(five_segments(), alive, [] {}), five_segments()) << "the stack grows no more";
  });
}

TEST(Exceptions, AreCaughtAndThrownAgainOnTheWayUp) {
  block_on([] {
    int alive = 0;
    int caught = 0;
    const auto rethrow = [&](auto& self, int level) -> void {
      const CountsDown counted(alive);
      try {
        if (level == 0) throw std::runtime_error(std::string(100, 'x'));
        volatile char frame[700];
        test::keep_whole(frame);
        frame[0] = 0;
        self(self, level - 1 + frame[0]);
      } catch (const std::runtime_error&) {
        ++caught;
        await(yield_now());
        throw;
      }
    };
    EXPECT_THROW(rethrow(rethrow, 40), std::runtime_error);
    EXPECT_EQ(caught, 41);
    EXPECT_EQ(alive, 0);
  });
}

TEST(Exceptions, PassForeignFrames) {
  at_every_depth(
      [] {
        EXPECT_THROW(foreign::throw_value(1), int);
        EXPECT_THROW(static_cast<void>(foreign::call_back([](void*) -> int { throw 2; }, nullptr)),
                     int);
      },
      std::size_t{20} << 10);
}

// Each call has memory that its segment does not hold.
[[gnu::noinline]] int descend_by_alloca(int depth) {
  constexpr std::size_t kBytes = 40'000;
  auto* const memory =
      static_cast<volatile char*>(__builtin_alloca(kBytes + static_cast<std::size_t>(depth)));
  memory[0] = 1;
  if (depth == 0) throw std::runtime_error("from below");
  return descend_by_alloca(depth - memory[0]) + memory[0];
}

TEST(Exceptions, FreeTheMemoryOfAllocaOnTheirWay) {
  if (!is_segmented()) GTEST_SKIP() << "more than a stack of this policy holds";
  const auto run = [] {
    for (const int depth : {0, 5, 30}) {
      EXPECT_THROW(static_cast<void>(descend_by_alloca(depth)), std::runtime_error);
    }
  };
  const auto hold_foreign_segment = [](void*) {
    await(pending<Unit>());
    return 0;
  };
  block_on([&] {
    for (int depth = 0; depth < 400; ++depth) stack_test::at_depth(depth, run);
    // Once more with the unwinder on segments that lie below the others.
    std::vector<JoinHandle<int>> holders;
    for (int i = 0; i < 40; ++i) {
      holders.push_back(spawn(
          [&hold_foreign_segment] { return foreign::call_back(hold_foreign_segment, nullptr); }));
    }
    await(yield_now());
    for (int depth = 0; depth < 400; ++depth) stack_test::at_depth(depth, run);
    for (auto& holder : holders) holder.abort();
    for (auto& holder : holders) EXPECT_THROW(await(holder), TaskAborted);
  });
}

int throws_at_last(const void* a, const void* b) {
  await(yield_now());
  if (*static_cast<const int*>(a) == 7) throw std::string("at seven");
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

TEST(Exceptions, PassQsortsFrame) {
  at_every_depth(
      [] {
        std::vector<int> numbers{3, 1, 4, 1, 5, 9, 2, 6, 7, 8};
        try {
          std::qsort(numbers.data(), numbers.size(), sizeof(int), &throws_at_last);
          FAIL() << "nothing was thrown";
        } catch (const std::string& text) {
          ASSERT_EQ(text, "at seven");
        }
      },
      std::size_t{20} << 10);
}

TEST(Exceptions, StayWithTheirFiberWhileManyAreInFlight) {
  block_on([] {
    std::vector<JoinHandle<int>> handles;
    for (int i = 0; i < 50; ++i) {
      handles.push_back(spawn([i] {
        try {
          throw i;
        } catch (int) {
          int alive = 0;
          for (int round = 0; round < 5; ++round) {
            await(yield_now());
            EXPECT_EQ(descend(round * 10, alive, [] { await(yield_now()); }), round * 10);
          }
          try {
            throw;
          } catch (int caught) {
            return caught;
          }
        }
      }));
    }
    for (int i = 0; i < 50; ++i) EXPECT_EQ(await(handles[static_cast<std::size_t>(i)]), i);
  });
}

TEST(Cancellation, UnwindsFiveSegments) {
  int alive = 0;
  block_on([&] {
    const StackMetrics before = stack_metrics();
    const int depth = five_segments();
    std::vector<JoinHandle<int>> handles;
    for (int i = 0; i < 20; ++i) {
      handles.push_back(
          spawn([&alive, depth] { return descend(depth, alive, [] { await(pending<Unit>()); }); }));
    }
    await(yield_now());
    EXPECT_EQ(alive, 20 * (depth + 1));
    if (is_segmented()) {
      EXPECT_GE(stack_metrics().further_segments, before.further_segments + 20 * 5);
    }
    for (auto& handle : handles) handle.abort();
    for (auto& handle : handles) EXPECT_THROW(await(handle), TaskAborted);
    handles.clear();
    EXPECT_EQ(alive, 0);
    if (is_segmented()) {
      EXPECT_EQ(stack_metrics().further_segments, before.further_segments);
    }
  });
}

int waits_for_ever(const void*, const void*) {
  await(pending<Unit>());
  return 0;
}

TEST(Cancellation, UnwindsQsortsFrame) {
  int alive = 0;
  block_on([&] {
    auto handle = spawn([&] {
      const CountsDown counted(alive);
      std::vector<int> numbers{3, 1, 2};
      std::qsort(numbers.data(), numbers.size(), sizeof(int), &waits_for_ever);
    });
    await(yield_now());
    EXPECT_EQ(alive, 1);
    handle.abort();
    EXPECT_THROW(await(handle), TaskAborted);
  });
  EXPECT_EQ(alive, 0);
}

TEST(Cancellation, UnwindsAFiberThatWaitsInsideACatch) {
  int alive = 0;
  block_on([&] {
    auto handle = spawn([&] {
      const CountsDown counted(alive);
      try {
        throw std::runtime_error("handled");
      } catch (const std::runtime_error&) {
        await(pending<Unit>());
      }
    });
    await(yield_now());
    handle.abort();
    EXPECT_THROW(await(handle), TaskAborted);
    EXPECT_EQ(std::uncaught_exceptions(), 0);
    EXPECT_EQ(std::current_exception(), nullptr);
  });
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace twofold
