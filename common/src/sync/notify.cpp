// Notify: who is woken.
#include "twofold/sync/notify.hpp"

#include <cassert>
#include <mutex>

#include "twofold/executor/executor.hpp"

namespace twofold {

using detail::Turn;

Poll<Unit> Notified::poll(Context& context) noexcept {
  assert(turn() != Turn::kSpent && "twofold: notified() was polled after it was ready");
  detail::TaskHeader& task = context.task();
  bool waits = false;
  if (turn() != Turn::kIdle) {
    // Under the lock, so that the notifier is done with a Notify that is destroyed next.
    waits = detail::wait_again(notify_->lock_, *this, task) == Turn::kWaiting;
  } else {
    if (!detail::cooperate(task)) return Pending;
    const std::lock_guard held(notify_->lock_);
    waits = !std::exchange(notify_->permit_, false);
    if (waits) notify_->waiters_.enqueue(*this, task);
  }
  if (waits) {
    task.set_waits_for(detail::WaitsFor::kNotification);
    return Pending;
  }
  spend();
  return Ready();
}

void Notified::abandon() noexcept {
  std::unique_lock held(notify_->lock_);
  if (turn() == Turn::kWaiting) {
    detail::WaiterList::cancel(*this);
  } else if (turn() == Turn::kGranted) {
    notify_->pass_on(held);
  }
}

void Notify::notify_one() noexcept {
  std::unique_lock held(lock_);
  pass_on(held);
}

void Notify::pass_on(std::unique_lock<detail::SpinLock>& held) noexcept {
  if (waiters_.empty()) {
    permit_ = true;
    return;
  }
  const detail::TaskRef woken = waiters_.end_first(Turn::kGranted);
  held.unlock();
  woken.wake();
}

void Notify::notify_all() noexcept {
  std::unique_lock held(lock_);
  detail::end_all(waiters_, Turn::kReleased, held);
}

}  // namespace twofold
