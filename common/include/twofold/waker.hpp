// Waker and Context: how a future that answered Pending gets its task polled again.
//
// Rust's std::task::{Waker, Context}, fixed to twofold's own tasks, so that a waker is one pointer
// and a wake on the task's own thread a few instructions.
#pragma once

#include "twofold/task/header.hpp"

namespace twofold {

/// Wakes one task. Copyable; may be used from any thread, any number of times, also after the task
/// has ended (then nothing happens). Keeps the task's memory, not its state, alive.
class Waker {
 public:
  explicit Waker(detail::TaskHeader& task) noexcept : task_(&task) {}

  /// Makes the task run again. Several wakes before it runs count as one.
  void wake() const noexcept { task_.wake(); }
  /// Whether both wake the same task.
  [[nodiscard]] bool will_wake(const Waker& other) const noexcept {
    return task_.get() == other.task_.get();
  }

 private:
  detail::TaskRef task_;
};

/// What poll() is given: who asks. Lives for one call of poll().
class Context {
 public:
  explicit Context(detail::TaskHeader& task) noexcept : task_(&task) {}

  /// A waker for the asking task. Costs a count, no allocation.
  [[nodiscard]] Waker waker() const noexcept { return Waker(*task_); }
  /// The asking task; for twofold's own futures.
  [[nodiscard]] detail::TaskHeader& task() const noexcept { return *task_; }

 private:
  detail::TaskHeader* task_;
};

}  // namespace twofold
