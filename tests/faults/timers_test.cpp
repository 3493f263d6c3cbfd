// Row 37: very many timers, set and cancelled; the ends of the clock; jumps of the clock.
#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "fault_test.hpp"
#include "twofold/reactor/timer_wheel.hpp"

namespace twofold::test {
namespace {

using namespace std::chrono_literals;

class Timers : public FaultTest {};
TWOFOLD_ON_ALL_WORKERS(Timers);

TEST_P(Timers, A_hundred_thousand_tasks_that_sleep_and_give_up_are_never_early) {
  const int tasks = scaled(100'000);
  const std::uint64_t start = seed();
  std::atomic<int> early{0};
  runtime().block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> sleepers;
    for (int i = 0; i < tasks; ++i) {
      Random random(start, static_cast<std::uint64_t>(i));
      const auto span = std::chrono::microseconds(random.below(200'000));
      const bool gives_up = random.below(2) == 0;
      sleepers.push_back(spawn([&early, span, gives_up]() -> TF_ASYNC(void) {
        const auto begin = std::chrono::steady_clock::now();
        if (gives_up) {
          const auto none = TF_AWAIT(timeout(span / 2, sleep(span + 1h)));
          if (none || std::chrono::steady_clock::now() - begin < span / 2) ++early;
        } else {
          TF_AWAIT(sleep(span));
          if (std::chrono::steady_clock::now() - begin < span) ++early;
        }
        TF_RETURN;
      }));
    }
    for (auto& sleeper : sleepers) TF_AWAIT(sleeper);
    TF_RETURN;
  });
  EXPECT_EQ(early.load(), 0);
}

TEST_P(Timers, The_longest_durations_do_not_overflow) {
  runtime().block_on([]() -> TF_ASYNC(void) {
    const auto a = TF_AWAIT(timeout(1ms, sleep(std::chrono::nanoseconds::max())));
    EXPECT_FALSE(a);
    const auto b = TF_AWAIT(timeout(1ms, sleep(std::chrono::hours::max())));
    EXPECT_FALSE(b);
    const auto c =
        TF_AWAIT(timeout(1ms, sleep_until(std::chrono::steady_clock::time_point::max())));
    EXPECT_FALSE(c);
    TF_AWAIT(sleep(std::chrono::nanoseconds::min()));
    TF_AWAIT(sleep_until(std::chrono::steady_clock::time_point::min()));
    const auto d = TF_AWAIT(timeout(std::chrono::nanoseconds::max(), sleep(1ms)));
    EXPECT_TRUE(d);
    TF_RETURN;
  });
}

// The wheel against a sorted map, over a million timers in virtual time, whose clock goes by steps
// from a nanosecond to years.
TEST(TimersAlone, A_million_timers_set_and_cancelled_fire_when_the_map_says) {
  struct Timer {
    detail::TimerNode node;
    detail::Nanoseconds deadline = 0;
  };
  constexpr detail::Nanoseconds kTick = 1U << 16U;
  const std::size_t most = static_cast<std::size_t>(scaled(20'000));
  const int operations = scaled(1'000'000);
  Random random(seed());
  detail::TimerWheel wheel(0);
  detail::Nanoseconds now = 0;
  std::vector<std::unique_ptr<Timer>> timers;
  int fired = 0;
  const auto some_span = [&] { return random.next() >> (8 + random.below(50)); };
  for (int i = 0; i < operations; ++i) {
    const std::uint64_t what = random.below(10);
    if (what < 6 && timers.size() < most) {
      auto timer = std::make_unique<Timer>();
      const detail::Nanoseconds span = some_span();
      timer->deadline = span > detail::kNever - now ? detail::kNever : now + span;
      timer->node.deadline = timer->deadline;
      wheel.insert(timer->node);
      timers.push_back(std::move(timer));
    } else if (!timers.empty()) {
      const std::size_t index = random.below(timers.size());
      std::swap(timers[index], timers.back());
      wheel.cancel(timers.back()->node);
      timers.pop_back();
    }
    if (i % 1000 != 999) continue;
    const detail::Nanoseconds step = some_span() >> 8;
    now += step < detail::kNever / 4 - now ? step : 0;
    wheel.advance(now);
    for (std::size_t k = 0; k < timers.size();) {
      const bool is_due = timers[k]->deadline <= now;
      const bool is_overdue = timers[k]->deadline + kTick <= now;
      const bool has_fired = !timers[k]->node.is_queued();
      ASSERT_FALSE(has_fired && !is_due) << "fired early";
      ASSERT_FALSE(is_overdue && !has_fired) << "more than a tick late";
      if (!has_fired) {
        ++k;
        continue;
      }
      ++fired;
      std::swap(timers[k], timers.back());
      timers.pop_back();
    }
    ASSERT_EQ(wheel.size(), timers.size());
  }
  EXPECT_GT(fired, operations / 1000);
  for (const auto& timer : timers) wheel.cancel(timer->node);
  EXPECT_TRUE(wheel.empty());
}

TEST(TimersAlone, Fire_in_the_order_of_their_deadlines_over_ten_years) {
  Runtime runtime({.clock = Clock::virtual_time});
  std::vector<int> order;
  runtime.block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> sleepers;
    for (int i = 0; i < 1000; ++i) {
      const int rank = (i * 387) % 1000;  // each once
      sleepers.push_back(spawn([&order, rank]() -> TF_ASYNC(void) {
        TF_AWAIT(sleep(std::chrono::hours(87) * rank));
        order.push_back(rank);
        TF_RETURN;
      }));
    }
    for (auto& sleeper : sleepers) TF_AWAIT(sleeper);
    TF_RETURN;
  });
  ASSERT_EQ(order.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

}  // namespace
}  // namespace twofold::test
