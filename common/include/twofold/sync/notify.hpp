// Notify: "something has happened", without a value.
//
// The building block for one's own primitives: change the state, notify; who waits looks at the
// state, waits, and looks again. Tokio's Notify is the model.
//
// notify_one wakes the task that has waited longest. Where nobody waits, one permit is stored and
// the next notified() is ready at once, so that a notification between the look and the wait is not
// lost; several of them are one. notify_all wakes those who wait now (whose notified() has been
// polled) and stores nothing.
//
// Cancelling notified() loses the place in the queue; a notify_one that had just reached it goes to
// the next, or is stored.
#pragma once

#include "twofold/detail/spin_lock.hpp"
#include "twofold/future.hpp"
#include "twofold/sync/detail/waiter_list.hpp"

namespace twofold {

class Notify;

/// Ready when notified. Made by Notify::notified.
class [[nodiscard]] Notified : detail::Waiter {
 public:
  using Output = Unit;

  explicit Notified(Notify& notify) noexcept : notify_(&notify) {}
  Notified(Notified&&) noexcept = default;
  ~Notified() {
    if (has_unspent_turn()) abandon();
  }

  Poll<Unit> poll(Context& context) noexcept;

 private:
  void abandon() noexcept;

  Notify* notify_;
};

/// Thread-safe. Must outlive its futures; may be destroyed as soon as nobody waits.
class Notify {
 public:
  Notify() noexcept = default;
  Notify(const Notify&) = delete;
  Notify& operator=(const Notify&) = delete;
  ~Notify() { waiters_.await_end_of_gaps(lock_); }

  /// Waits for a notification. It counts as waiting from its first poll. No allocation.
  Notified notified() noexcept { return Notified(*this); }
  void notify_one() noexcept;
  void notify_all() noexcept;

 private:
  friend class Notified;

  void pass_on(std::unique_lock<detail::SpinLock>& held) noexcept;

  detail::SpinLock lock_;
  bool permit_ = false;  // only while nobody waits
  detail::WaiterList waiters_;
};

}  // namespace twofold
