// WaiterList: those who wait for something that several threads share, first come, first served.
//
// Used by everything in sync/. A Waiter lies in the future that waits, so waiting allocates
// nothing, and a list holds any number. The list and its waiters are guarded by the SpinLock of the
// primitive that owns the list ("the lock" below). cppcoro keeps its waiters in the same way, and
// the list that is taken over whole and emptied piece by piece is Tokio's.
//
// A waiter's turn, and who acts on each arrow:
//
//            enqueue (owner)            end_wait (another, under the lock)
//   kIdle ------------------> kWaiting ------------------------------------> kGranted, kReleased
//                                |                                               |
//                                | cancel (owner, under the lock)                | spend (owner)
//                                v                                               v
//                              kIdle                                           kSpent
//
// Who may touch what: links and task belong to the lock while the turn is kWaiting, and to the
// waiter's owner otherwise. The granting side stores the turn last: from then on the waiter may be
// gone.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "twofold/detail/atomic.hpp"
#include "twofold/detail/spin_lock.hpp"
#include "twofold/task/header.hpp"

namespace twofold::detail {

enum class Turn : std::uint8_t {
  kIdle,      ///< waits for nothing
  kWaiting,   ///< is in a list
  kGranted,   ///< was given what it waited for; who is destroyed without using it hands it on
  kReleased,  ///< need not wait any longer, and was given nothing: closed, or look again
  kSpent,     ///< its future has been Ready
};

struct WaiterLinks {
  WaiterLinks* previous = nullptr;
  WaiterLinks* next = nullptr;
};

class Waiter : WaiterLinks {
 public:
  Waiter() noexcept = default;
  /// A future moves before it is polled: there is nothing to move yet.
  Waiter([[maybe_unused]] Waiter&& other) noexcept {
    assert(other.turn() == Turn::kIdle && "twofold: a future was moved after it was polled");
  }
  Waiter& operator=(Waiter&&) = delete;
  ~Waiter() { assert(turn() != Turn::kWaiting); }

  /// Acquire: pairs with the release in WaiterList::end_wait(): who reads kGranted sees what was
  /// granted.
  [[nodiscard]] Turn turn() const noexcept { return turn_.load(std::memory_order_acquire); }

  /// Whether it waits, or its wait is over and its future does not know yet.
  [[nodiscard]] bool has_unspent_turn() const noexcept {
    const Turn now = turn_.load(std::memory_order_relaxed);
    return now != Turn::kIdle && now != Turn::kSpent;
  }

  /// The owner has used up its turn. Relaxed: only the owner looks at it from now on.
  void spend() noexcept { turn_.store(Turn::kSpent, std::memory_order_relaxed); }

  /// The task of `task` waits with it from now on. Under the lock, while waiting; the former task
  /// is given back, since dropping it may run destructors, which is not for the lock.
  void exchange_task(TaskRef& task) noexcept { std::swap(task_, task); }

 private:
  friend class WaiterList;

  TaskRef task_;
  Atomic<Turn> turn_{Turn::kIdle};
};

/// All members under the lock of the primitive. Immovable: the waiters point at it.
class WaiterList {
 public:
  WaiterList() noexcept { clear(); }
  WaiterList(const WaiterList&) = delete;
  WaiterList& operator=(const WaiterList&) = delete;
  ~WaiterList() { assert(empty() && "twofold: destroyed while tasks wait for it"); }

  [[nodiscard]] bool empty() const noexcept { return ends_.next == &ends_; }
  /// Precondition: not empty.
  [[nodiscard]] Waiter& front() const noexcept { return static_cast<Waiter&>(*ends_.next); }

  /// `task` waits with `waiter`, behind all others. Hot path, guarded by the `ping_pong` workload.
  void enqueue(Waiter& waiter, TaskHeader& task) noexcept {
    waiter.task_.refer_to(&task);
    waiter.previous = ends_.previous;
    waiter.next = &ends_;
    ends_.previous->next = &waiter;
    ends_.previous = &waiter;
    // Relaxed: others see the waiter through the lock only.
    waiter.turn_.store(Turn::kWaiting, std::memory_order_relaxed);
  }

  /// The wait of the first is over. Gives its task, to be woken once the lock is released.
  [[nodiscard]] TaskRef end_first(Turn how) noexcept { return end_wait(front(), how); }

  /// The wait of `waiter`, which is in some list of this lock, is over. As end_first().
  [[nodiscard]] static TaskRef end_wait(Waiter& waiter, Turn how) noexcept {
    unlink(waiter);
    TaskRef task = std::move(waiter.task_);
    // Release: pairs with turn(). The last touch: the waiter may be gone after it.
    waiter.turn_.store(how, std::memory_order_release);
    return task;
  }

  /// The owner of `waiter` gives up waiting.
  static void cancel(Waiter& waiter) noexcept {
    unlink(waiter);
    waiter.turn_.store(Turn::kIdle, std::memory_order_relaxed);
  }

  /// Takes over all of `other`, behind its own.
  void take_all(WaiterList& other) noexcept {
    if (other.empty()) return;
    other.ends_.next->previous = ends_.previous;
    other.ends_.previous->next = &ends_;
    ends_.previous->next = other.ends_.next;
    ends_.previous = other.ends_.previous;
    other.clear();
  }

  /// Who wakes by batches lets go of the lock, and comes back to it: to be said before and after.
  void begin_gap() noexcept { ++gaps_; }
  void end_gap() noexcept { --gaps_; }
  /// For the owner's destructor, without the lock: nobody who woke some is on the way back to it.
  /// Those who were to be woken next may have given up, and so nobody waits.
  void await_end_of_gaps(SpinLock& lock) const noexcept;

 private:
  static void unlink(Waiter& waiter) noexcept {
    waiter.previous->next = waiter.next;
    waiter.next->previous = waiter.previous;
  }
  void clear() noexcept { ends_.previous = ends_.next = &ends_; }

  WaiterLinks ends_;
  std::uint32_t gaps_ = 0;
};

/// `waiter`, which waited, was polled by `task`: it waits for that task from now on, if its wait is
/// not over. Gives its turn.
[[nodiscard]] inline Turn wait_again(SpinLock& lock, Waiter& waiter, TaskHeader& task) noexcept {
  TaskRef waiting(&task);
  const std::lock_guard held(lock);
  const Turn turn = waiter.turn();
  if (turn == Turn::kWaiting) waiter.exchange_task(waiting);
  return turn;
}

/// The tasks whose wait was ended under a lock, to be woken when it is released. Bounded: who fills
/// it releases the lock, wakes, and takes the lock again.
class WakeBatch {
 public:
  static constexpr std::size_t kLimit = 16;

  [[nodiscard]] bool full() const noexcept { return count_ == kLimit; }
  /// Precondition: not full.
  void add(TaskRef task) noexcept { tasks_[count_++] = std::move(task); }
  /// Without the lock.
  void wake() noexcept {
    for (std::size_t i = 0; i < count_; ++i) std::exchange(tasks_[i], TaskRef()).wake();
    count_ = 0;
  }

 private:
  std::array<TaskRef, kLimit> tasks_;
  std::size_t count_ = 0;
};

/// Ends the wait of all that are in `list` now, in order. `held` holds the lock of `list`, and is
/// released when this returns; between batches other threads get their turn, so that a waiter who
/// comes meanwhile is not among them. The last of them may destroy the list's owner at once, and
/// the owner's destructor calls await_end_of_gaps().
void end_all(WaiterList& list, Turn how, std::unique_lock<SpinLock>& held) noexcept;

}  // namespace twofold::detail
