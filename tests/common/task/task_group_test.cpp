// TaskGroup, in both runtimes.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <twofold/twofold.hpp>

namespace twofold {
namespace {

using namespace std::chrono_literals;

// Counts how often it was destroyed while a task was parked.
struct Sentry {
  explicit Sentry(int& counter) : left(counter) {}
  Sentry(const Sentry&) = delete;
  Sentry& operator=(const Sentry&) = delete;
  ~Sentry() { ++left; }
  int& left;
};

TF_ASYNC(int) add_later(int& sum, int value) {
  TF_AWAIT(yield_now());
  sum += value;
  TF_RETURN value;
}

TF_ASYNC(void) park(int& left) {
  const Sentry sentry(left);
  TF_AWAIT(pending<Unit>());
  TF_RETURN;
}

TF_ASYNC(void) fail_after(std::chrono::milliseconds delay) {
  TF_AWAIT(sleep(delay));
  throw std::runtime_error("failed");
}

TEST(TaskGroup, join_waits_for_all) {
  const auto body = []() -> TF_ASYNC(int) {
    int sum = 0;
    TaskGroup group;
    for (int i = 1; i <= 100; ++i) group.spawn(add_later, std::ref(sum), i);
    TF_AWAIT(group.join());
    TF_RETURN sum;
  };
  EXPECT_EQ(block_on(body), 5050);
}

TEST(TaskGroup, join_of_an_empty_group_is_ready) {
  const auto body = []() -> TF_ASYNC(void) {
    TaskGroup group;
    TF_AWAIT(group.join());
    TF_RETURN;
  };
  block_on(body);
}

TEST(TaskGroup, the_first_failure_aborts_the_rest_and_is_rethrown) {
  int left = 0;
  const auto body = [&]() -> TF_ASYNC(void) {
    TaskGroup group;
    for (int i = 0; i < 10; ++i) group.spawn(park, std::ref(left));
    group.spawn(fail_after, 1ms);
    TF_AWAIT(group.join());
    TF_RETURN;
  };
  EXPECT_THROW(block_on(body), std::runtime_error);
  EXPECT_EQ(left, 10);
}

TEST(TaskGroup, a_failure_before_the_join_is_kept_for_it) {
  const auto body = []() -> TF_ASYNC(int) {
    TaskGroup group;
    group.spawn(fail_after, 0ms);
    TF_AWAIT(sleep(2ms));
    int caught = 0;
    try {
      TF_AWAIT(group.join());
    } catch (const std::runtime_error&) {
      ++caught;
    }
    TF_AWAIT(group.join());  // rethrown once
    TF_RETURN caught;
  };
  EXPECT_EQ(block_on(body), 1);
}

TEST(TaskGroup, spawning_into_a_failed_group_runs_nothing) {
  const auto body = []() -> TF_ASYNC(int) {
    int sum = 0;
    TaskGroup group;
    group.spawn(fail_after, 0ms);
    TF_AWAIT(sleep(2ms));
    group.spawn(add_later, std::ref(sum), 1);
    try {
      TF_AWAIT(group.join());
    } catch (const std::runtime_error&) {
      sum += 10;
    }
    TF_RETURN sum;
  };
  EXPECT_EQ(block_on(body), 10);
}

TEST(TaskGroup, destroying_it_aborts_what_is_left) {
  int left = 0;
  const auto body = [&]() -> TF_ASYNC(int) {
    {
      TaskGroup group;
      for (int i = 0; i < 5; ++i) group.spawn(park, std::ref(left));
      TF_AWAIT(yield_now());
    }
    while (left < 5) TF_AWAIT(yield_now());
    TF_RETURN left;
  };
  EXPECT_EQ(block_on(body), 5);
}

TEST(TaskGroup, a_task_aborted_before_its_first_step_leaves_the_group) {
  const auto body = []() -> TF_ASYNC(std::size_t) {
    int left = 0;
    TaskGroup group;
    group.spawn(park, std::ref(left));
    group.abort_all();
    TF_AWAIT(group.join());
    TF_RETURN group.size();
  };
  EXPECT_EQ(block_on(body), 0U);
}

TEST(TaskGroup, takes_callables_that_only_move_and_drops_results) {
  const auto body = []() -> TF_ASYNC(int) {
    int sum = 0;
    TaskGroup group;
    group.spawn([value = std::make_unique<int>(3), &sum]() -> TF_ASYNC(std::unique_ptr<int>) {
      TF_AWAIT(yield_now());
      sum += *value;
      TF_RETURN std::make_unique<int>(*value);
    });
    TF_AWAIT(group.join());
    TF_RETURN sum;
  };
  EXPECT_EQ(block_on(body), 3);
}

TEST(TaskGroup, many_short_tasks_do_not_pile_up) {
  const auto body = []() -> TF_ASYNC(int) {
    int sum = 0;
    TaskGroup group;
    for (int round = 0; round < 100; ++round) {
      for (int i = 0; i < 100; ++i) group.spawn(add_later, std::ref(sum), 1);
      TF_AWAIT(group.join());
    }
    TF_RETURN sum;
  };
  EXPECT_EQ(block_on(body), 10'000);
}

}  // namespace
}  // namespace twofold
