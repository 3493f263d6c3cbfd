// A runtime with two workers, whole (Workers, Worker, IdleWorkers, Parker, OwnerLock, the task's
// state), under every schedule up to one preemption, and in the long form up to two.
#include "twofold/executor/workers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "model_task.hpp"
#include "model_test.hpp"

namespace twofold::model {
namespace {

using detail::Atomic;
using detail::Executor;
using detail::TaskRef;

void wake_from_elsewhere(std::size_t workers) {
  Executor executor({.workers = workers});
  Atomic<int> given{0};
  ModelTask task(executor, [&](ModelTask&) { return given.load() == 1; });
  TaskRef keep = TaskRef::adopt(task);
  admit(executor, task);
  Thread waker("waker", [&given, ref = TaskRef(&task)] {
    given.store(1);
    ref.wake();
  });
  executor.run_until(task);
  check(task.polls() <= 2, "a wake was made into two");
  waker.join();
  executor.shut_down();
  keep.reset();
  check(task.is_destroyed(), "nobody destroyed the task");
}

void spawn_and_take() {
  Executor executor({.workers = 2});
  Atomic<int> over{0};
  TaskRef to_wake;
  ModelTask child(executor, [&](ModelTask&) {
    over.store(1);
    to_wake.wake();
    return true;
  });
  bool has_spawned = false;
  ModelTask root(executor, [&](ModelTask&) {
    if (!std::exchange(has_spawned, true)) admit(executor, child);
    return over.load() == 1;
  });
  TaskRef keep_child = TaskRef::adopt(child);
  TaskRef keep_root = TaskRef::adopt(root);
  to_wake = keep_root;
  run_to_end(executor, root);
  executor.shut_down();
  to_wake.reset();
  keep_child.reset();
  keep_root.reset();
  check(child.is_destroyed() && root.is_destroyed(), "nobody destroyed a task");
}

// A task joins two that it has spawned, wherever they run.
void join_two() {
  Executor executor({.workers = 2});
  std::array<int, 2> results{};
  // Gone for good before the root is looked at: a task that was joined may refer to who did.
  std::optional<ModelTask> first(std::in_place, executor,
                                 [&](ModelTask&) { return results[0] = 1; });
  std::optional<ModelTask> second(std::in_place, executor,
                                  [&](ModelTask&) { return results[1] = 2; });
  bool has_spawned = false;
  ModelTask root(executor, [&](ModelTask& self) {
    if (!std::exchange(has_spawned, true)) {
      admit(executor, *first);
      admit(executor, *second);
    }
    if (first->poll_join(self) == detail::JoinState::kWaiting) return false;
    check(results[0] == 1, "a task was joined before its result was there");
    if (second->poll_join(self) == detail::JoinState::kWaiting) return false;
    check(results[1] == 2, "a task was joined before its result was there");
    return true;
  });
  TaskRef keep_first = TaskRef::adopt(*first);
  TaskRef keep_second = TaskRef::adopt(*second);
  TaskRef keep_root = TaskRef::adopt(root);
  run_to_end(executor, root);
  executor.shut_down();
  keep_first.reset();
  keep_second.reset();
  keep_root.reset();
  check(first->is_destroyed() && second->is_destroyed(), "nobody destroyed a task");
  first.reset();
  second.reset();
  check(root.is_destroyed(), "nobody destroyed the root");
}

// A task joins one that it has spawned, is woken meanwhile, and joins it again, perhaps on another
// worker, and perhaps as that one ends.
void join_again_elsewhere() {
  Executor executor({.workers = 2});
  std::optional<ModelTask> child(std::in_place, executor, [](ModelTask&) { return true; });
  bool has_spawned = false;
  ModelTask root(executor, [&](ModelTask& self) {
    if (!std::exchange(has_spawned, true)) admit(executor, *child);
    return child->poll_join(self) == detail::JoinState::kDone;
  });
  TaskRef keep_child = TaskRef::adopt(*child);
  TaskRef keep_root = TaskRef::adopt(root);
  admit(executor, root);
  Thread waker("waker", [ref = TaskRef(&root)] { ref.wake(); });
  executor.run_until(root);
  waker.join();
  executor.shut_down();
  keep_child.reset();
  check(child->is_destroyed(), "nobody destroyed the child");
  child.reset();
  check(!root.is_destroyed(), "a reference to the root was given up twice");
  keep_root.reset();
  check(root.is_destroyed(), "nobody destroyed the root");
}

// A thread that is no worker has the handle of a task that nobody else knows of, and uses it as
// that one runs and ends, and as the runtime does.
void use_a_handle_outside() {
  Executor executor({.workers = 2});
  std::optional<ModelTask> child(std::in_place, executor, [](ModelTask&) { return true; });
  Thread outsider;
  ModelTask root(executor, [&](ModelTask&) {
    admit(executor, *child);
    outsider = Thread("outsider", [handle = TaskRef::adopt(*child)]() mutable {
      handle.get()->request_cancel();
      handle.reset();
    });
    return true;
  });
  TaskRef keep_root = TaskRef::adopt(root);
  run_to_end(executor, root);
  executor.shut_down();
  outsider.join();
  check(child->is_destroyed(), "nobody destroyed the child");
  check(child->polls() + (child->was_cancelled() ? 1 : 0) == 1, "the child did not end once");
  child.reset();
  keep_root.reset();
}

TEST(Workers, AHandleMayBeUsedOutside) {
  expect_none_fails({.preemptions = 1}, use_a_handle_outside);
}

TEST(WorkersLong, AHandleMayBeUsedOutside) {
  expect_none_fails({.preemptions = 2}, use_a_handle_outside);
}

TEST(Workers, AWakeFromElsewhereIsNeverLost) {
  expect_none_fails({.preemptions = 1}, [] { wake_from_elsewhere(2); });
}

TEST(Workers, AWorkerTakesWhatAnotherHasSpawned) {
  expect_none_fails({.preemptions = 1}, spawn_and_take);
}

TEST(Workers, ATaskJoinsOthersWhereverTheyRun) { expect_none_fails({.preemptions = 1}, join_two); }

TEST(Workers, ATaskJoinsAgainWhereverItIs) {
  expect_none_fails({.preemptions = 1}, join_again_elsewhere);
}

TEST(WorkersLong, ATaskJoinsAgainWhereverItIs) {
  expect_none_fails({.preemptions = 2}, join_again_elsewhere);
}

TEST(WorkersLong, ATaskJoinsOthersWhereverTheyRun) {
  expect_none_fails({.preemptions = 2}, join_two);
}

TEST(WorkersLong, AWakeFromElsewhereIsNeverLost) {
  expect_none_fails({.preemptions = 2}, [] { wake_from_elsewhere(2); });
}

TEST(WorkersLong, AWorkerTakesWhatAnotherHasSpawned) {
  expect_none_fails({.preemptions = 2}, spawn_and_take);
}

TEST(Workers, PlantedWakeInTwoStepsIsFound) {
  expect_found({.preemptions = 2, .torn = Op::kFetchOr}, [] { wake_from_elsewhere(2); });
}

TEST(Workers, PlantedInboxEmptiedInTwoStepsIsFound) {
  expect_found({.preemptions = 2, .torn = Op::kFetchSub}, [] { wake_from_elsewhere(2); });
}

TEST(Workers, PlantedEndInTwoStepsIsFound) {
  expect_found({.preemptions = 2, .torn = Op::kCompareExchange}, join_two);
}

}  // namespace
}  // namespace twofold::model
