// Worker: what runs after the running task, or on top of it, without a return to the loop.
#include "twofold/executor/worker.hpp"

namespace twofold::detail {

// Whether the loop has more to do than to run tasks.
[[gnu::always_inline]] inline bool Worker::is_to_go_back() const noexcept {
  return ticks_ == 0 || inbox_.load(std::memory_order_relaxed) != nullptr;
}

// With the lock: `task` runs, without a return to the loop.
[[gnu::always_inline]] inline void Worker::begin_in_place(TaskHeader& task,
                                                          std::uint32_t flags) noexcept {
  task.set_flags((flags & ~TaskHeader::kScheduled) | TaskHeader::kRunning);
  running_ = &task;
  --ticks_;
  task_budget_ = kTaskBudget;
}

// The running task has ended (and may not be complete yet): what goes on in its place, without a
// return to the loop. Hot path, guarded by the `skynet` workload with two workers: written so that
// nothing is kept for after a call.
[[gnu::always_inline]] inline TaskHeader* Worker::take_at_end() noexcept {
  if (is_to_go_back()) return nullptr;
  if (!lock_.try_enter()) [[unlikely]]
    return take_at_end_slowly();
  return take_at_end_inside();
}

// The lock has been tried.
[[gnu::noinline]] TaskHeader* Worker::take_at_end_slowly() noexcept {
  if (told_ != nullptr) {
    lock_.leave();
    return nullptr;
  }
  lock_.enter();
  return take_at_end_inside();
}

[[gnu::always_inline]] inline TaskHeader* Worker::take_at_end_inside() noexcept {
  TaskHeader* task = take_ready();
  if (task != nullptr) {
    const std::uint32_t flags = task->flags();
    constexpr std::uint32_t kNotToRun =
        TaskHeader::kComplete | TaskHeader::kToCancel | TaskHeader::kRunning;
    if ((flags & kNotToRun) == 0) [[likely]] {
      // Whatever ran before is not left: it is never to run again.
      begin_in_place(*task, flags);
    } else {
      if ((flags & TaskHeader::kRunning) == 0) {
        attention_ = task;
      } else {
        // Woken while it ran its last steps: it was in the queue itself, and is out of it now.
        task->set_flags(flags & ~TaskHeader::kScheduled);
        is_queued_again_.store(false, std::memory_order_relaxed);
      }
      task = nullptr;
    }
  }
  lock_.leave();
  return task;
}

TaskHeader* Executor::next_shared_at_end() noexcept {
  return static_cast<Worker*>(current_executor())->take_at_end();
}

// What runs on top of the running task, which stays marked so, and is not to be found in a queue:
// see begin_new(). Hot path, guarded by the `skynet` workload with two workers: written so that
// nothing is kept for after a call.
[[gnu::always_inline]] inline TaskHeader* Worker::begin_new_on_top() noexcept {
  if (is_to_go_back() || is_queued_again_.load(std::memory_order_relaxed)) return nullptr;
  if (!lock_.try_enter()) [[unlikely]]
    return begin_new_slowly();
  return begin_new_inside();
}

// The lock has been tried.
[[gnu::noinline]] TaskHeader* Worker::begin_new_slowly() noexcept {
  if (told_ != nullptr) {
    lock_.leave();
    return nullptr;
  }
  lock_.enter();
  return begin_new_inside();
}

[[gnu::always_inline]] inline TaskHeader* Worker::begin_new_inside() noexcept {
  TaskHeader* task = nullptr;
  if (is_new_next()) {
    task = take_new();
    const std::uint32_t flags = task->flags();
    if ((flags & TaskHeader::kToCancel) == 0) [[likely]] {
      begin_in_place(*task, flags);
    } else {
      fresh_.push(task);
      task = nullptr;
    }
  }
  lock_.leave();
  return task;
}

// What ran on top has parked.
void Worker::leave_parked() noexcept {
  const Here here(lock_);
  leave_task();
}

TaskHeader* Executor::begin_new_shared() noexcept {
  return static_cast<Worker*>(this)->begin_new_on_top();
}
void Executor::leave_shared() noexcept { static_cast<Worker*>(this)->leave_parked(); }

}  // namespace twofold::detail
