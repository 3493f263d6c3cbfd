// The task's state under every schedule: wakes, cancellation, joining, references, on an executor
// with one worker and other threads around it. workers_test.cpp has several workers.
#include <gtest/gtest.h>

#include "model_task.hpp"
#include "model_test.hpp"

namespace twofold::model {
namespace {

using detail::Atomic;
using detail::Executor;
using detail::TaskRef;

// A task that ends once every waker has come by.
void wake_from_elsewhere(int wakers) {
  Executor executor({});
  Atomic<int> given{0};
  ModelTask task(executor, [&](ModelTask&) { return given.load() == wakers; });
  TaskRef keep = TaskRef::adopt(task);
  admit(executor, task);
  const auto wake = [&given, ref = TaskRef(&task)] {
    given.fetch_add(1);
    ref.wake();
  };
  Thread first("waker 1", wake);
  Thread second;
  if (wakers == 2) second = Thread("waker 2", wake);
  executor.run_until(task);
  check(task.polls() <= 1 + wakers, "a wake was made into two");
  executor.shut_down();
  first.join();
  if (wakers == 2) second.join();
}

// Two tasks, each woken by a thread of its own; the second ends once both were.
void wake_two_tasks() {
  Executor executor({});
  Atomic<int> given{0};
  bool first_is_over = false;
  ModelTask first(executor, [&](ModelTask&) { return first_is_over = given.load() % 2 == 1; });
  ModelTask second(executor, [&](ModelTask&) { return given.load() / 2 == 1; });
  const TaskRef keep_first = TaskRef::adopt(first);
  const TaskRef keep_second = TaskRef::adopt(second);
  admit(executor, first);
  admit(executor, second);
  Thread waker1("waker 1", [&given, ref = keep_first] {
    given.fetch_add(1);
    ref.wake();
  });
  Thread waker2("waker 2", [&given, ref = keep_second] {
    given.fetch_add(2);
    ref.wake();
  });
  executor.run_until(second);
  executor.run_until(first);
  check(first_is_over, "a task was not run again");
  executor.shut_down();
  waker1.join();
  waker2.join();
}

TEST(TaskState, OneWakeFromElsewhereIsOnePoll) {
  expect_none_fails({.preemptions = 3}, [] { wake_from_elsewhere(1); });
}

TEST(TaskState, TwoWakesFromElsewhereAreAtMostTwoPolls) {
  expect_none_fails({.preemptions = 3}, [] { wake_from_elsewhere(2); });
}

TEST(TaskState, WakesOfTwoTasksReachBoth) { expect_none_fails({.preemptions = 3}, wake_two_tasks); }

TEST(TaskState, TheLastReferenceDestroysTheTaskOnceWhereverItGoes) {
  expect_none_fails({.preemptions = 3}, [] {
    Executor executor({});
    ModelTask task(executor, [](ModelTask& self) {
      const TaskRef own(&self);  // counted in the owner's half
      return true;
    });
    TaskRef keep = TaskRef::adopt(task);
    admit(executor, task);
    Thread other("holder", [ref = TaskRef(&task)]() mutable {
      TaskRef copy = ref;
      ref.reset();
      copy.wake();
      copy.reset();
    });
    executor.run_until(task);
    executor.shut_down();
    check(!task.is_destroyed(), "a task was destroyed while it is referred to");
    keep.reset();
    other.join();
    check(task.is_destroyed(), "nobody destroyed the task");
  });
}

TEST(TaskState, ACancelledTaskEndsOnceByCancelOrByItself) {
  expect_none_fails({.preemptions = 3}, [] {
    Executor executor({});
    Atomic<int> given{0};
    bool ended_by_itself = false;
    ModelTask task(executor, [&](ModelTask&) { return ended_by_itself = given.load() == 1; });
    TaskRef keep = TaskRef::adopt(task);
    admit(executor, task);
    Thread canceller("canceller", [ref = TaskRef(&task)] { ref.get()->request_cancel(); });
    Thread waker("waker", [&given, ref = TaskRef(&task)] {
      given.store(1);
      ref.wake();
    });
    executor.run_until(task);
    check(task.was_cancelled() != ended_by_itself, "a task has to end in one way");
    executor.shut_down();
    canceller.join();
    waker.join();
    keep.reset();
    check(task.is_destroyed(), "nobody destroyed the task");
  });
}

// A task of one runtime ends while a task of another, on its own thread, joins it.
void join_across_runtimes(bool polls_twice) {
  Executor executor({});
  int result = 0;
  ModelTask joined(executor, [&](ModelTask&) {
    result = 42;
    return true;
  });
  TaskRef keep = TaskRef::adopt(joined);
  admit(executor, joined);
  Thread other("joiner", [&joined, &result, polls_twice, ref = TaskRef(&joined)] {
    Executor elsewhere({});
    bool again = polls_twice;
    ModelTask joiner(elsewhere, [&](ModelTask& self) {
      if (joined.poll_join(self) == detail::JoinState::kDone) return true;
      if (std::exchange(again, false)) TaskRef(&self).wake();
      return false;
    });
    TaskRef keep_joiner = TaskRef::adopt(joiner);
    run_to_end(elsewhere, joiner);
    check(result == 42, "the joiner was woken before the result was there");
    elsewhere.shut_down();
  });
  executor.run_until(joined);
  executor.shut_down();
  other.join();
  keep.reset();
  check(joined.is_destroyed(), "nobody destroyed the task");
}

TEST(TaskState, AJoinerOnAnotherThreadIsWoken) {
  expect_none_fails({.preemptions = 3}, [] { join_across_runtimes(false); });
}

TEST(TaskState, AJoinerMayPollAgainWhileTheTaskEnds) {
  expect_none_fails({.preemptions = 3}, [] { join_across_runtimes(true); });
}

TEST(TaskState, PlantedInboxEmptiedInTwoStepsIsFound) {
  expect_found({.torn = Op::kExchange}, wake_two_tasks);
}

TEST(TaskState, PlantedSleepWithoutALookAtTheInboxIsFound) {
  expect_found({.torn = Op::kCompareExchange}, [] { wake_from_elsewhere(1); });
}

TEST(TaskState, PlantedJoinHandshakeInTwoStepsIsFound) {
  expect_found({.torn = Op::kFetchOr}, [] { join_across_runtimes(false); });
}

TEST(TaskState, PlantedReferenceCountInTwoStepsIsFound) {
  expect_found({.torn = Op::kFetchSub}, [] {
    Executor executor({});
    ModelTask task(executor, [](ModelTask&) { return true; });
    TaskRef keep = TaskRef::adopt(task);
    admit(executor, task);
    Thread other("holder", [ref = TaskRef(&task)] {});
    executor.run_until(task);
    executor.shut_down();
    keep.reset();
    other.join();
    check(task.is_destroyed(), "nobody destroyed the task");
  });
}

}  // namespace
}  // namespace twofold::model
