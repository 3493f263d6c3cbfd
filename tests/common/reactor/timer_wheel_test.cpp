// The timer wheel: order, never early, cancellation, the far future.
#include "twofold/reactor/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold::detail {
namespace {

constexpr Nanoseconds kTick = 1 << 16;

TEST(TimerWheel, FiresEachTimerOnceAndNeverEarly) {
  std::mt19937_64 random(1);
  const Nanoseconds start = 123'456'789'000;
  TimerWheel wheel(start);
  std::vector<std::unique_ptr<TimerNode>> nodes;
  for (int i = 0; i < 20'000; ++i) {
    // From less than a tick to hours, evenly over the magnitudes.
    const Nanoseconds span = random() >> (20 + random() % 43);
    nodes.push_back(std::make_unique<TimerNode>());
    nodes.back()->deadline = start + span;
    wheel.insert(*nodes.back());
  }
  Nanoseconds now = start;
  std::size_t fired = 0;
  while (!wheel.empty()) {
    const Nanoseconds next = wheel.next_deadline();
    ASSERT_NE(next, kNever);
    now = std::max(now + 1, next);
    wheel.advance(now);
    fired = 0;
    for (const auto& node : nodes) {
      if (node->is_queued()) {
        ASSERT_GT(node->deadline + 2 * kTick, now) << "late";
      } else {
        ASSERT_LE(node->deadline, now) << "early";
        ++fired;
      }
    }
    if (fired > 200 && fired < nodes.size() - 200) {  // the middle in larger steps: it is all alike
      now += now - start;
      wheel.advance(now);
    }
  }
  EXPECT_EQ(wheel.next_deadline(), kNever);
}

TEST(TimerWheel, ForgetsWhatIsCancelled) {
  TimerWheel wheel(0);
  std::vector<TimerNode> nodes(1'000);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].deadline = (i + 1) * 1'000'000;
    wheel.insert(nodes[i]);
  }
  for (std::size_t i = 0; i < nodes.size(); i += 2) wheel.cancel(nodes[i]);
  wheel.cancel(nodes[0]);
  EXPECT_EQ(wheel.size(), nodes.size() / 2);
  wheel.advance(2'000'000'000);
  EXPECT_TRUE(wheel.empty());
}

TEST(TimerWheel, TakesTheEndOfTime) {
  TimerWheel wheel(kNever / 2);
  TimerNode node;
  node.deadline = kNever;
  wheel.insert(node);
  wheel.advance(kNever - 10 * kTick);
  EXPECT_TRUE(node.is_queued());
  wheel.cancel(node);
  EXPECT_TRUE(wheel.empty());
}

TEST(Sleep, TakesTheLongestDurationAndCanBeDropped) {
  block_on([]() -> TF_ASYNC(void) {
    auto outcome =
        TF_AWAIT(timeout(std::chrono::milliseconds(2), sleep(std::chrono::hours::max())));
    EXPECT_FALSE(outcome.has_value());
    TF_RETURN;
  });
}

TEST(Sleep, TakesTheLastTimeThatItsTypeHas) {
  block_on([]() -> TF_ASYNC(void) {
    using Seconds = std::chrono::time_point<std::chrono::steady_clock, std::chrono::seconds>;
    auto reached = TF_AWAIT(timeout(std::chrono::milliseconds(2), sleep_until(Seconds::max())));
    EXPECT_FALSE(reached.has_value());
    auto in_time = TF_AWAIT(timeout_at(Seconds::max(), sleep(std::chrono::milliseconds(1))));
    EXPECT_TRUE(in_time.has_value());
    TF_RETURN;
  });
}

TEST(Sleep, IsReadyAtOnceForWhatHasPassed) {
  block_on([]() -> TF_ASYNC(void) {
    TF_AWAIT(sleep(std::chrono::seconds(-1)));
    TF_AWAIT(sleep(std::chrono::hours::min()));
    TF_AWAIT(sleep_until(
        std::chrono::time_point<std::chrono::steady_clock, std::chrono::seconds>::min()));
    TF_AWAIT(sleep_until(std::chrono::steady_clock::now() - std::chrono::hours(1)));
    TF_RETURN;
  });
}

TEST(Sleep, IsNeverEarly) {
  block_on([]() -> TF_ASYNC(void) {
    for (int us = 0; us < 2'000; us += 97) {
      const auto start = std::chrono::steady_clock::now();
      TF_AWAIT(sleep(std::chrono::microseconds(us)));
      EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::microseconds(us));
    }
    TF_RETURN;
  });
}

// Begins to wait for `sleep` in a runtime that is over when this returns.
void wait_in_another_runtime(Sleep& sleep, std::size_t workers) {
  Runtime runtime({.workers = workers});
  runtime.block_on([&]() -> TF_ASYNC(void) {
    const auto first = TF_AWAIT(select(sleep, yield_now()));
    EXPECT_EQ(first.index(), 1U);
    TF_RETURN;
  });
}

TEST(Sleep, MayOutliveTheRuntimeThatItWaitedIn) {
  for (const std::size_t workers : {1U, 2U}) {
    Sleep dropped = sleep(std::chrono::seconds(5));
    Sleep longest = sleep(std::chrono::hours::max());
    wait_in_another_runtime(dropped, workers);
    wait_in_another_runtime(longest, workers);
    EXPECT_FALSE(block_on([&]() -> TF_ASYNC(bool) {
      const auto over = TF_AWAIT(timeout(std::chrono::milliseconds(2), longest));
      TF_RETURN over.has_value();
    }));
  }
}

TEST(Sleep, GoesOnInTheNextRuntimeWithTheDeadlineThatItHas) {
  for (const std::size_t workers : {1U, 2U}) {
    const auto start = std::chrono::steady_clock::now();
    Sleep limit = sleep(std::chrono::milliseconds(30));
    wait_in_another_runtime(limit, workers);
    block_on([&]() -> TF_ASYNC(void) {
      TF_AWAIT(limit);
      TF_RETURN;
    });
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
  }
}

TEST(Interval, TakesTheLongestPeriodAndRefusesNone) {
  block_on([]() -> TF_ASYNC(void) {
    Interval interval(std::chrono::hours::max());
    TF_AWAIT(interval.tick());
    auto second = TF_AWAIT(timeout(std::chrono::milliseconds(2), interval.tick()));
    EXPECT_FALSE(second.has_value());
    EXPECT_THROW(Interval{std::chrono::seconds(0)}, std::invalid_argument);
    EXPECT_THROW(Interval{std::chrono::hours::min()}, std::invalid_argument);
    TF_RETURN;
  });
}

TEST(Interval, TicksAtMultiplesOfItsPeriod) {
  Runtime runtime(RuntimeOptions{.clock = Clock::virtual_time});
  runtime.block_on([]() -> TF_ASYNC(void) {
    Interval interval(std::chrono::hours(1));
    for (int i = 0; i < 5; ++i) TF_AWAIT(interval.tick());
    TF_RETURN;
  });
}

}  // namespace
}  // namespace twofold::detail
