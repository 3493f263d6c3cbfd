// Barrier: tasks that wait for one another, round after round.
//
//     const bool leader = TF_AWAIT(barrier.wait());
//
// When as many tasks wait as the barrier is for, all of them go on, one of them as the leader, and
// the next round begins.
//
// Cancelling wait() takes the arrival back while the round is not complete: the others wait for one
// more. Once it is complete, nothing is lost, though the leader may be the one that was cancelled.
#pragma once

#include <cstddef>

#include "twofold/detail/spin_lock.hpp"
#include "twofold/future.hpp"
#include "twofold/sync/detail/waiter_list.hpp"

namespace twofold {

class Barrier;

/// Ready when the round is complete; true for one task of each round. Made by Barrier::wait.
class [[nodiscard]] BarrierWait : detail::Waiter {
 public:
  using Output = bool;

  explicit BarrierWait(Barrier& barrier) noexcept : barrier_(&barrier) {}
  BarrierWait(BarrierWait&&) noexcept = default;
  ~BarrierWait() {
    if (has_unspent_turn()) abandon();
  }

  Poll<bool> poll(Context& context) noexcept;

 private:
  void abandon() noexcept;

  Barrier* barrier_;
  std::size_t round_ = 0;  // in which it arrived
};

/// Thread-safe. Must outlive its futures; may be destroyed as soon as nobody waits.
class Barrier {
 public:
  /// For `tasks` tasks. Fewer than two: nobody waits, and all are leaders.
  explicit Barrier(std::size_t tasks) noexcept : tasks_(tasks) {}
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;
  ~Barrier() { waiters_.await_end_of_gaps(lock_); }

  /// Arrives when it is first polled, and waits for the others. True for the last to arrive, who
  /// leads. No allocation.
  BarrierWait wait() noexcept { return BarrierWait(*this); }

 private:
  friend class BarrierWait;

  detail::SpinLock lock_;
  const std::size_t tasks_;
  std::size_t round_ = 0;
  std::size_t arrived_ = 0;  // in this round
  detail::WaiterList waiters_;
};

}  // namespace twofold
