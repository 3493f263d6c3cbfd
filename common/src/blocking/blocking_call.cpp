#include "twofold/blocking/blocking_call.hpp"

#include <mutex>

namespace twofold::detail {

bool BlockingState::poll(TaskHeader& task) noexcept {
  const std::lock_guard lock(lock_);
  if (over_) return true;
  waiter_.refer_to(&task);
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
