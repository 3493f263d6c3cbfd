// PermitPool: giving out permits in order.
#include "twofold/sync/detail/permit_pool.hpp"

#include <cassert>
#include <mutex>

#include "twofold/executor/executor.hpp"

namespace twofold::detail {

bool PermitPool::take(std::size_t count) noexcept {
  if (free_ < count || !waiters_.empty()) return false;
  free_ -= count;
  return true;
}

bool PermitPool::try_acquire(std::size_t count) noexcept {
  const std::lock_guard held(lock_);
  return take(count);
}

std::size_t PermitPool::free() const noexcept {
  const std::lock_guard held(lock_);
  return free_;
}

void PermitPool::release(std::size_t count) noexcept {
  std::unique_lock held(lock_);
  free_ += count;
  serve(held);
}

// Serves the queue from the front for as long as the permits last, and releases the lock. Whether
// there is more to do is known before the lock is released: after that the pool may be gone.
void PermitPool::serve(std::unique_lock<SpinLock>& held) noexcept {
  const auto can_serve = [this] {
    return !waiters_.empty() && static_cast<PermitRequest&>(waiters_.front()).count_ <= free_;
  };
  WakeBatch batch;
  for (;;) {
    while (can_serve() && !batch.full()) {
      free_ -= static_cast<PermitRequest&>(waiters_.front()).count_;
      batch.add(waiters_.end_first(Turn::kGranted));
    }
    const bool over = !can_serve();
    if (!over) waiters_.begin_gap();
    held.unlock();
    batch.wake();
    if (over) return;
    held.lock();
    waiters_.end_gap();
  }
}

bool PermitRequest::poll(TaskHeader& task) noexcept {
  assert(turn() != Turn::kSpent && "twofold: a lock's future was polled after it was ready");
  if (turn() != Turn::kIdle) {
    if (wait_again(pool_->lock_, *this, task) == Turn::kWaiting) return false;
  } else {
    if (!detail::cooperate(task)) return false;
    const std::lock_guard held(pool_->lock_);
    if (!pool_->take(count_)) {
      pool_->waiters_.enqueue(*this, task);
      return false;
    }
  }
  spend();
  return true;
}

// Also a place in the queue that is given up may let others go on: those behind it may want less.
void PermitRequest::abandon() noexcept {
  std::unique_lock held(pool_->lock_);
  if (turn() == Turn::kWaiting) {
    WaiterList::cancel(*this);
  } else {
    pool_->free_ += count_;
  }
  pool_->serve(held);
}

}  // namespace twofold::detail
