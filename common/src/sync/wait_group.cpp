// WaitGroup: counting down.
#include "twofold/sync/wait_group.hpp"

#include <cassert>
#include <mutex>
#include <stdexcept>

#include "twofold/executor/executor.hpp"

namespace twofold {

using detail::Turn;

Poll<Unit> WaitGroupWait::poll(Context& context) noexcept {
  assert(turn() != Turn::kSpent && "twofold: a wait group's wait was polled after it was ready");
  detail::TaskHeader& task = context.task();
  bool waits = false;
  if (turn() != Turn::kIdle) {
    // Under the lock, so that who was last is done with a group that is destroyed next.
    waits = detail::wait_again(group_->lock_, *this, task) == Turn::kWaiting;
  } else {
    if (!detail::cooperate(task)) return Pending;
    const std::lock_guard held(group_->lock_);
    waits = group_->count_ != 0;
    if (waits) group_->waiters_.enqueue(*this, task);
  }
  if (waits) {
    task.set_waits_for(detail::WaitsFor::kWaitGroup);
    return Pending;
  }
  spend();
  return Ready();
}

void WaitGroupWait::abandon() noexcept {
  const std::lock_guard held(group_->lock_);
  if (turn() == Turn::kWaiting) detail::WaiterList::cancel(*this);
}

void WaitGroup::add(std::size_t count) noexcept {
  const std::lock_guard held(lock_);
  count_ += count;
}

void WaitGroup::done() {
  std::unique_lock held(lock_);
  if (count_ == 0) {
    held.unlock();
    throw std::logic_error("twofold: WaitGroup::done() was called more often than add() counted");
  }
  if (--count_ == 0) detail::end_all(waiters_, Turn::kReleased, held);
}

std::size_t WaitGroup::count() const noexcept {
  const std::lock_guard held(lock_);
  return count_;
}

}  // namespace twofold
