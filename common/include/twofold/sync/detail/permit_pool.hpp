// PermitPool: a number of permits, and those who wait for some of them, first come, first served.
//
// What Semaphore, Mutex (one permit) and RwLock (a reader takes one, a writer all) have in common;
// the reduction is Tokio's. Fair: nobody overtakes one who waits, so a request for many permits is
// not starved by requests for few.
//
// Permits are given to the waiter by who releases them, under the lock. One that is destroyed
// between being given permits and being polled gives them back, so none are lost.
//
// The poll after a wake takes the lock too: the task may destroy the pool next, and the lock shows
// that who woke it is done with it.
#pragma once

#include <cstddef>

#include "twofold/detail/spin_lock.hpp"
#include "twofold/sync/detail/waiter_list.hpp"

namespace twofold::detail {

/// Thread-safe. Must outlive its requests; may be destroyed as soon as nobody holds or waits.
class PermitPool {
 public:
  explicit PermitPool(std::size_t permits) noexcept : free_(permits) {}
  PermitPool(const PermitPool&) = delete;
  PermitPool& operator=(const PermitPool&) = delete;
  ~PermitPool() { waiters_.await_end_of_gaps(lock_); }

  /// Takes `count` permits if they are free and nobody waits.
  [[nodiscard]] bool try_acquire(std::size_t count) noexcept;
  /// Gives permits back, or adds them; wakes those who can go on.
  void release(std::size_t count) noexcept;
  [[nodiscard]] std::size_t free() const noexcept;

 private:
  friend class PermitRequest;

  [[nodiscard]] bool take(std::size_t count) noexcept;
  void serve(std::unique_lock<SpinLock>& held) noexcept;

  mutable SpinLock lock_;
  std::size_t free_;
  WaiterList waiters_;
};

/// Waits for permits: the future's part. Movable until it is first polled; destroying it gives up
/// the place in the queue, or gives back what it was given and did not use.
class PermitRequest : Waiter {
 public:
  PermitRequest(PermitPool& pool, std::size_t count) noexcept : pool_(&pool), count_(count) {}
  PermitRequest(PermitRequest&&) noexcept = default;
  ~PermitRequest() {
    if (has_unspent_turn()) abandon();
  }

  /// True, once: the permits are the caller's, who is to release them. False: `task` will be woken.
  [[nodiscard]] bool poll(TaskHeader& task) noexcept;

 private:
  friend class PermitPool;

  void abandon() noexcept;

  PermitPool* pool_;
  std::size_t count_;
};

}  // namespace twofold::detail
