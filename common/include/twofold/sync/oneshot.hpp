// oneshot: one value, from one task to another.
//
//     auto [tx, rx] = twofold::oneshot<int>();
//     tx.send(42);                                  // once
//     std::optional<int> value = TF_AWAIT(rx);      // nothing: the sender went without sending
//
// The receiver is itself the future. The ends may be on different workers and in different
// runtimes. Tokio's oneshot is the model.
//
// Cancelling: an await of a named receiver that is given up (`select(rx, sleep(1s))`) loses
// nothing; the value waits for the next await. Destroying the receiver destroys the value.
//
// Cost: one allocation for the pair; a lock to send and for each poll.
#pragma once

#include <cassert>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "twofold/detail/atomic.hpp"
#include "twofold/detail/spin_lock.hpp"
#include "twofold/future.hpp"

namespace twofold {
namespace detail {

/// What the two ends share. Each holds one of its two references.
template <class T>
class OneshotCore {
 public:
  OneshotCore() noexcept = default;
  OneshotCore(const OneshotCore&) = delete;
  OneshotCore& operator=(const OneshotCore&) = delete;

  /// Moves from `value` only if it is sent.
  [[nodiscard]] bool send(T& value) noexcept {
    TaskRef receiver;
    {
      const std::lock_guard held(lock_);
      if (receiver_gone_ || value_.has_value()) return false;
      value_.emplace(std::move(value));
      receiver = std::move(waiting_);
    }
    receiver.wake();
    return true;
  }

  /// True: `value` is the answer. False: `task` will be woken when there is one.
  [[nodiscard]] bool receive(TaskHeader& task, std::optional<T>& value) noexcept {
    TaskRef waiting(&task);
    const std::lock_guard held(lock_);
    if (value_.has_value() || sender_gone_) {
      value = std::move(value_);
      return true;
    }
    std::swap(waiting_, waiting);  // the former one is dropped outside of the lock
    return false;
  }

  [[nodiscard]] bool is_receiver_gone() const noexcept {
    const std::lock_guard held(lock_);
    return receiver_gone_;
  }

  void drop_sender() noexcept {
    TaskRef receiver;
    {
      const std::lock_guard held(lock_);
      sender_gone_ = true;
      receiver = std::move(waiting_);
    }
    receiver.wake();
    drop_reference();
  }

  void drop_receiver() noexcept {
    TaskRef former;
    std::optional<T> value;  // destroyed outside of the lock, and now, not with the sender
    {
      const std::lock_guard held(lock_);
      receiver_gone_ = true;
      former = std::move(waiting_);
      if (value_.has_value()) value.emplace(*std::move(value_));
      value_.reset();
    }
    drop_reference();
  }

 private:
  ~OneshotCore() = default;

  void drop_reference() noexcept {
    // Acquire-release: the last end sees what the other did.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  mutable SpinLock lock_;
  bool sender_gone_ = false;
  bool receiver_gone_ = false;
  Atomic<unsigned> references_{2};
  TaskRef waiting_;  // the receiver's task
  std::optional<T> value_;
};

}  // namespace detail

/// Sends one value. Move-only; when it goes without having sent, the receiver gets nothing. One
/// that was moved from may only be destroyed or assigned to.
template <class T>
class OneshotSender {
 public:
  /// For oneshot().
  explicit OneshotSender(detail::OneshotCore<T>& core) noexcept : core_(&core) {}
  OneshotSender(OneshotSender&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  OneshotSender& operator=(OneshotSender&& other) noexcept {
    OneshotSender old(std::move(*this));
    core_ = std::exchange(other.core_, nullptr);
    return *this;
  }
  ~OneshotSender() {
    if (core_ != nullptr) core_->drop_sender();
  }

  /// Does not wait. False: the receiver is gone, or a value was sent already; `value` was dropped.
  bool send(T value) noexcept { return core_->send(value); }

  /// Whether nobody can receive any more.
  [[nodiscard]] bool is_closed() const noexcept { return core_->is_receiver_gone(); }

 private:
  detail::OneshotCore<T>* core_;
};

/// A future that gives the value, or nothing when the sender went without sending. Movable until it
/// is first polled.
template <class T>
class [[nodiscard]] OneshotReceiver {
 public:
  using Output = std::optional<T>;

  /// For oneshot().
  explicit OneshotReceiver(detail::OneshotCore<T>& core) noexcept : core_(&core) {}
  OneshotReceiver(OneshotReceiver&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  OneshotReceiver& operator=(OneshotReceiver&&) = delete;
  ~OneshotReceiver() {
    if (core_ != nullptr) core_->drop_receiver();
  }

  Poll<Output> poll(Context& context) noexcept {
    assert(core_ != nullptr && "twofold: a oneshot receiver was polled after it was ready");
    Output value;
    if (!core_->receive(context.task(), value)) {
      context.task().set_waits_for(detail::WaitsFor::kOneshot);
      return Pending;
    }
    std::exchange(core_, nullptr)->drop_receiver();
    return Poll<Output>(std::in_place, std::move(value));
  }

 private:
  detail::OneshotCore<T>* core_;
};

/// The two ends: `auto [tx, rx] = oneshot<int>();`.
template <class T>
struct Oneshot {
  OneshotSender<T> sender;
  OneshotReceiver<T> receiver;
};

/// Makes a channel for one value. T must be movable without exceptions; its move constructor runs
/// under the channel's lock. Throws std::bad_alloc.
template <class T>
[[nodiscard]] Oneshot<T> oneshot() {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "twofold::oneshot: values must be movable without exceptions");
  auto* const core = new detail::OneshotCore<T>();
  return {OneshotSender<T>(*core), OneshotReceiver<T>(*core)};
}

}  // namespace twofold
