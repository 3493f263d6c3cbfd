#include "twofold/blocking/blocking_call.hpp"

#include <mutex>
#include <utility>

namespace twofold::detail {

bool BlockingState::poll(TaskHeader& task) noexcept {
  TaskRef before;  // dropped after the lock: it may be the last one
  const std::lock_guard lock(lock_);
  if (over_) return true;
  if (waiter_.get() != &task) before = std::exchange(waiter_, TaskRef(&task));
  return false;
}

void BlockingState::give_up() noexcept {
  TaskRef waiter;
  const std::lock_guard lock(lock_);
  given_up_ = true;
  waiter = std::move(waiter_);
}

bool BlockingState::begin() noexcept {
  const std::lock_guard lock(lock_);
  return !given_up_;
}

void BlockingState::finish() noexcept {
  const std::lock_guard lock(lock_);
  over_ = true;
  // Under the lock: after give_up() has returned, nobody here touches the task or its runtime.
  const TaskRef waiter = std::move(waiter_);
  waiter.wake();
}

}  // namespace twofold::detail
