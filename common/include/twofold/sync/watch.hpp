// watch: a value that changes, and tasks that want to know its latest state.
//
//     auto [tx, rx] = twofold::watch<Settings>(initial);
//     tx.send(next);                                         // replaces the value
//     while (TF_AWAIT(rx.changed())) apply(*rx.snapshot());  // false: the sender is gone
//
// A receiver sees the newest value only; those in between may pass unseen. Receivers may be copied;
// each knows which value it has seen. Tokio's watch is the model.
//
// Cancelling changed() loses nothing: a change that was not seen makes the next changed() ready at
// once.
//
// Cost: sending allocates the new value; reading it takes a lock and counts a reference.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "twofold/detail/spin_lock.hpp"
#include "twofold/executor/executor.hpp"
#include "twofold/future.hpp"
#include "twofold/sync/detail/waiter_list.hpp"

namespace twofold {
namespace detail {

/// What a watch's ends share.
template <class T>
class WatchCore {
 public:
  using Value = std::shared_ptr<const T>;

  explicit WatchCore(Value value) noexcept : value_(std::move(value)) {}
  WatchCore(const WatchCore&) = delete;
  WatchCore& operator=(const WatchCore&) = delete;

  /// Replaces the value; the former one is given back, to be dropped outside of the lock.
  [[nodiscard]] Value send(Value value) noexcept {
    std::unique_lock held(lock_);
    value_.swap(value);
    ++version_;
    end_all(waiters_, Turn::kReleased, held);
    return value;
  }
  void drop_sender() noexcept {
    std::unique_lock held(lock_);
    sender_gone_ = true;
    end_all(waiters_, Turn::kReleased, held);
  }

  [[nodiscard]] Value value(std::uint64_t& version) const noexcept {
    const std::lock_guard held(lock_);
    version = version_;
    return value_;
  }

  /// kGranted: there is a newer version than `seen`, which is now seen. kReleased: there will be
  /// none. kWaiting: `waiter` waits for one.
  [[nodiscard]] Turn wait(Waiter& waiter, TaskHeader& task, std::uint64_t& seen) noexcept {
    const std::lock_guard held(lock_);
    if (version_ != seen) {
      seen = version_;
      return Turn::kGranted;
    }
    if (sender_gone_) return Turn::kReleased;
    waiters_.enqueue(waiter, task);
    return Turn::kWaiting;
  }
  [[nodiscard]] Turn wait_again(Waiter& waiter, TaskHeader& task) noexcept {
    return detail::wait_again(lock_, waiter, task);
  }
  void cancel(Waiter& waiter) noexcept {
    const std::lock_guard held(lock_);
    if (waiter.turn() == Turn::kWaiting) WaiterList::cancel(waiter);
  }

  [[nodiscard]] bool is_sender_gone() const noexcept {
    const std::lock_guard held(lock_);
    return sender_gone_;
  }

 private:
  mutable SpinLock lock_;
  bool sender_gone_ = false;
  std::uint64_t version_ = 0;
  Value value_;
  WaiterList waiters_;
};

}  // namespace detail

/// Ready with true when there is a value that its receiver has not seen, with false when there will
/// be none. Made by WatchReceiver::changed; must not outlive the receiver.
template <class T>
class [[nodiscard]] WatchChanged {
 public:
  using Output = bool;

  WatchChanged(detail::WatchCore<T>& core, std::uint64_t& seen) noexcept
      : core_(&core), seen_(&seen) {}
  WatchChanged(WatchChanged&&) noexcept = default;
  ~WatchChanged() {
    if (waiter_.has_unspent_turn()) core_->cancel(waiter_);
  }

  Poll<bool> poll(Context& context) noexcept {
    using detail::Turn;
    detail::TaskHeader& task = context.task();
    Turn turn = waiter_.turn();
    assert(turn != Turn::kSpent && "twofold: changed() was polled after it was ready");
    if (turn == Turn::kWaiting) turn = core_->wait_again(waiter_, task);
    if (turn == Turn::kIdle && !detail::cooperate(task)) return Pending;
    // Woken, or here for the first time: look.
    if (turn != Turn::kWaiting) turn = core_->wait(waiter_, task, *seen_);
    if (turn == Turn::kWaiting) {
      task.set_waits_for(detail::WaitsFor::kWatch);
      return Pending;
    }
    waiter_.spend();
    return Ready(turn == Turn::kGranted);
  }

 private:
  detail::WatchCore<T>* core_;
  std::uint64_t* seen_;
  detail::Waiter waiter_;
};

/// Sets the value. Move-only; when it goes, receivers are told so. One that was moved from may only
/// be destroyed or assigned to.
template <class T>
class WatchSender {
 public:
  /// For watch().
  explicit WatchSender(std::shared_ptr<detail::WatchCore<T>> core) noexcept
      : core_(std::move(core)) {}
  WatchSender(WatchSender&&) noexcept = default;
  WatchSender& operator=(WatchSender&& other) noexcept {
    WatchSender old(std::move(*this));
    core_ = std::move(other.core_);
    return *this;
  }
  ~WatchSender() {
    if (core_ != nullptr) core_->drop_sender();
  }

  /// Replaces the value and wakes all who wait for a change. Does not wait. Throws std::bad_alloc;
  /// the former value stays then.
  void send(T value) { (void)core_->send(std::make_shared<const T>(std::move(value))); }

  /// The current value, which stays what it is when another is sent.
  [[nodiscard]] std::shared_ptr<const T> snapshot() const noexcept {
    std::uint64_t version = 0;
    return core_->value(version);
  }

 private:
  std::shared_ptr<detail::WatchCore<T>> core_;
};

/// Sees the value. A copy has seen what the original had. One object is for one task at a time;
/// copies are independent.
template <class T>
class WatchReceiver {
 public:
  /// For watch().
  explicit WatchReceiver(std::shared_ptr<detail::WatchCore<T>> core) noexcept
      : core_(std::move(core)) {}

  /// Waits for a value that this receiver has not seen; from then on it counts as seen. False: the
  /// sender is gone. The first value counts as seen. Must be awaited before this is moved or
  /// destroyed. No allocation.
  WatchChanged<T> changed() noexcept { return WatchChanged<T>(*core_, seen_); }

  /// The current value, which stays what it is when another is sent. It counts as seen.
  [[nodiscard]] std::shared_ptr<const T> snapshot() noexcept { return core_->value(seen_); }
  /// A copy of the current value, which counts as seen.
  [[nodiscard]] T get() { return *snapshot(); }
  /// Whether no more values will come.
  [[nodiscard]] bool is_closed() const noexcept { return core_->is_sender_gone(); }

 private:
  std::shared_ptr<detail::WatchCore<T>> core_;
  std::uint64_t seen_ = 0;
};

/// The two ends: `auto [tx, rx] = watch<int>(0);`.
template <class T>
struct Watch {
  WatchSender<T> sender;
  WatchReceiver<T> receiver;
};

/// Makes a watched value. Throws std::bad_alloc.
template <class T>
[[nodiscard]] Watch<T> watch(T value) {
  auto core = std::make_shared<detail::WatchCore<T>>(std::make_shared<const T>(std::move(value)));
  return {WatchSender<T>(core), WatchReceiver<T>(core)};
}

}  // namespace twofold
