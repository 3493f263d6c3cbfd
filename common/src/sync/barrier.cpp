// Barrier: arriving.
#include "twofold/sync/barrier.hpp"

#include <cassert>
#include <mutex>

#include "twofold/executor/executor.hpp"

namespace twofold {

using detail::Turn;

Poll<bool> BarrierWait::poll(Context& context) noexcept {
  assert(turn() != Turn::kSpent && "twofold: a barrier's wait was polled after it was ready");
  detail::TaskHeader& task = context.task();
  if (turn() != Turn::kIdle) {
    // Under the lock, so that the leader is done with a barrier that is destroyed next.
    if (detail::wait_again(barrier_->lock_, *this, task) != Turn::kWaiting) {
      spend();
      return Ready(false);
    }
  } else {
    if (!detail::cooperate(task)) return Pending;
    std::unique_lock held(barrier_->lock_);
    if (++barrier_->arrived_ >= barrier_->tasks_) {
      barrier_->arrived_ = 0;
      ++barrier_->round_;
      spend();
      detail::end_all(barrier_->waiters_, Turn::kReleased, held);
      return Ready(true);
    }
    round_ = barrier_->round_;
    barrier_->waiters_.enqueue(*this, task);
  }
  task.set_waits_for(detail::WaitsFor::kBarrier);
  return Pending;
}

void BarrierWait::abandon() noexcept {
  const std::lock_guard held(barrier_->lock_);
  if (turn() != Turn::kWaiting) return;
  detail::WaiterList::cancel(*this);
  // Where the round is complete, this one only was not told yet (end_all() lets go of the lock).
  if (round_ == barrier_->round_) --barrier_->arrived_;
}

}  // namespace twofold
