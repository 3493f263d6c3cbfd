// GroupState: what a TaskGroup and its tasks share.
//
// Used by each runtime's TaskGroup. The tasks tell it how they end; it aborts the others on the
// first failure and wakes who joins.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "twofold/future.hpp"
#include "twofold/task/join_handle.hpp"

namespace twofold {
namespace detail {

/// Thread-safe.
class GroupState {
 public:
  /// One more task, about to be spawned: there is room for its handle. Throws std::bad_alloc;
  /// nothing has changed then.
  void enter();
  /// Keeps the handle, so that the task can be aborted. Aborts it at once where the group has
  /// failed or is gone. Throws std::bad_alloc, with the task aborted, where others have been
  /// spawned into the group since enter(), by the copy of an argument.
  void keep(JoinHandle<void> handle);

  /// A task ends: with an error or without (also when it was aborted).
  void end(std::exception_ptr error) noexcept;

  void abort_all() noexcept;
  [[nodiscard]] std::size_t alive() const noexcept;
  /// True: no task is left; `error` is the first failure, once. False: `task` will be woken.
  [[nodiscard]] bool poll_join(TaskHeader& task, std::exception_ptr& error) noexcept;

 private:
  void make_room(std::vector<JoinHandle<void>>& ended);

  mutable std::mutex lock_;
  std::size_t alive_ = 0;
  bool aborting_ = false;
  std::exception_ptr error_;
  TaskRef joiner_;
  std::vector<JoinHandle<void>> handles_;  // of tasks alive and, until the next growth, ended ones
};

/// Lives in a member's task from its first step to its end, however that comes.
class GroupMembership {
 public:
  explicit GroupMembership(std::shared_ptr<GroupState> state) noexcept : state_(std::move(state)) {}
  GroupMembership(GroupMembership&&) noexcept = default;
  GroupMembership& operator=(GroupMembership&&) = delete;
  ~GroupMembership() {
    if (state_ != nullptr) state_->end(nullptr);
  }
  void failed(std::exception_ptr error) noexcept {
    std::exchange(state_, nullptr)->end(std::move(error));
  }

 private:
  std::shared_ptr<GroupState> state_;
};

}  // namespace detail

/// Ready when no task of the group is left. Made by TaskGroup::join.
class [[nodiscard]] GroupJoin {
 public:
  using Output = Unit;

  explicit GroupJoin(std::shared_ptr<detail::GroupState> state) noexcept
      : state_(std::move(state)) {}

  Poll<Unit> poll(Context& context);

 private:
  std::shared_ptr<detail::GroupState> state_;
};

/// Structured concurrency: tasks that end together. The first failure aborts the rest; destroying
/// the group aborts what is left. Each runtime supplies `spawn`, see its TaskGroup.
class TaskGroupBase {
 public:
  TaskGroupBase() : state_(std::make_shared<detail::GroupState>()) {}
  TaskGroupBase(TaskGroupBase&&) noexcept = default;
  TaskGroupBase& operator=(TaskGroupBase&&) = delete;
  ~TaskGroupBase() {
    if (state_ != nullptr) state_->abort_all();
  }

  /// A future that is ready when every task of the group has ended, those spawned meanwhile
  /// included. Rethrows the first failure, to one join. A task that was aborted is no failure.
  /// Cancelling it loses nothing. One task at a time.
  GroupJoin join() noexcept { return GroupJoin(state_); }

  /// Aborts all tasks of the group, as JoinHandle::abort does, and those still to be spawned.
  void abort_all() noexcept { state_->abort_all(); }
  /// How many tasks have not ended.
  [[nodiscard]] std::size_t size() const noexcept { return state_->alive(); }

 protected:
  std::shared_ptr<detail::GroupState> state_;
};

}  // namespace twofold
