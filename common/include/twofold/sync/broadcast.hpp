// broadcast: every receiver gets every value.
//
//     auto room = twofold::broadcast<std::string>(64);
//     auto tx = room.sender();
//     auto rx = room.subscribe();                          // from now on
//     tx.send("hello");                                    // does not wait
//     while (auto line = TF_AWAIT(rx.recv())) ...          // may throw Lagged
//
// The room keeps the last `capacity` values. Sending never waits: a receiver that falls further
// behind loses the oldest, is told so once by Lagged with their number, and goes on with the oldest
// that is kept. Tokio's broadcast is the model.
//
// A receiver gets nothing (std::nullopt) once it has had everything and nobody can send: there was
// a sender, and the last one has gone; or neither a sender nor a room is left. A sender that the
// room makes later begins anew.
//
// Cancelling recv() loses nothing: its value is the next one to be received.
//
// Cost: a lock for each operation. A value that is trivially copyable lies in the room itself; any
// other is allocated once when it is sent, shared, and copied for each receiver outside of the
// lock.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "twofold/executor/executor.hpp"
#include "twofold/future.hpp"
#include "twofold/sync/detail/broadcast_core.hpp"

namespace twofold {

/// Thrown by BroadcastReceiver::recv: the receiver was too slow, and values were lost to it.
class Lagged : public std::runtime_error {
 public:
  explicit Lagged(std::uint64_t lost);
  /// How many values were lost.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

 private:
  std::uint64_t count_;
};

namespace detail {

[[noreturn]] void throw_lagged(std::uint64_t lost);
/// `capacity`. Throws std::invalid_argument where nothing would be kept.
[[nodiscard]] std::size_t check_broadcast_capacity(std::size_t capacity);

}  // namespace detail

template <class T>
class BroadcastReceiver;

/// Ready with the next value, or with nothing when none can come; throws Lagged. Made by
/// BroadcastReceiver::recv; must not outlive the receiver.
template <class T>
class [[nodiscard]] BroadcastRecv {
 public:
  using Output = std::optional<T>;

  BroadcastRecv(detail::BroadcastCore<T>& core, std::uint64_t& position) noexcept
      : core_(&core), position_(&position) {}
  BroadcastRecv(BroadcastRecv&&) noexcept = default;
  ~BroadcastRecv() {
    if (waiter_.has_unspent_turn()) core_->cancel(waiter_);
  }

  Poll<Output> poll(Context& context) {
    using detail::Turn;
    detail::TaskHeader& task = context.task();
    const Turn turn = waiter_.turn();
    assert(turn != Turn::kSpent && "twofold: a recv was polled after it was ready");
    if (turn == Turn::kIdle && !detail::cooperate(task)) return Pending;
    if (turn != Turn::kWaiting || core_->wait_again(waiter_, task) != Turn::kWaiting) {
      // Here for the first time, or woken: look.
      auto found = core_->receive_or_wait(*position_, waiter_, task);
      if (!found.waits) {
        waiter_.spend();
        return Poll<Output>(std::in_place, give(found));
      }
    }
    task.set_waits_for(detail::WaitsFor::kBroadcast);
    return Pending;
  }

 private:
  friend class BroadcastReceiver<T>;

  static Output give(const typename detail::BroadcastCore<T>::Found& found) {
    if (found.lost != 0) detail::throw_lagged(found.lost);
    return found.slot.copy();
  }

  detail::BroadcastCore<T>* core_;
  std::uint64_t* position_;
  detail::Waiter waiter_;
};

/// Sends to all receivers. Copyable; copies may be on different threads.
template <class T>
class BroadcastSender {
 public:
  /// For Broadcast::sender.
  explicit BroadcastSender(std::shared_ptr<detail::BroadcastCore<T>> core) noexcept
      : core_(std::move(core)) {
    core_->add_sender();
  }
  BroadcastSender(const BroadcastSender& other) noexcept : BroadcastSender(other.core_) {}
  BroadcastSender(BroadcastSender&&) noexcept = default;
  BroadcastSender& operator=(BroadcastSender other) noexcept {
    core_.swap(other.core_);
    return *this;
  }
  ~BroadcastSender() {
    if (core_ != nullptr) core_->drop_sender();
  }

  /// Makes `value` the newest, for all who are subscribed now. Does not wait; a receiver that is a
  /// whole capacity behind loses its oldest. Throws std::bad_alloc where T is not trivially
  /// copyable; nothing was sent then.
  void send(T value) const {
    detail::BroadcastSlot<T> slot(std::move(value));
    core_->send(slot);
  }

 private:
  std::shared_ptr<detail::BroadcastCore<T>> core_;
};

/// Receives all that is sent from its subscription on. A copy goes on where the original stands.
/// One object is for one task at a time.
template <class T>
class BroadcastReceiver {
 public:
  /// For Broadcast::subscribe.
  explicit BroadcastReceiver(std::shared_ptr<detail::BroadcastCore<T>> core) noexcept
      : core_(std::move(core)), position_(core_->end()) {}

  /// Receives the next value; std::nullopt once all was received and nobody can send. Throws
  /// Lagged, once, where values were lost. Must be awaited before this is moved or destroyed.
  BroadcastRecv<T> recv() noexcept { return BroadcastRecv<T>(*core_, position_); }

  /// The next value if it is there. Throws Lagged.
  [[nodiscard]] std::optional<T> try_recv() {
    return BroadcastRecv<T>::give(core_->receive(position_));
  }

 private:
  std::shared_ptr<detail::BroadcastCore<T>> core_;
  std::uint64_t position_;
};

/// Where senders and receivers of one broadcast are made. Copyable; on any thread.
template <class T>
class Broadcast {
 public:
  /// For broadcast().
  explicit Broadcast(std::shared_ptr<detail::BroadcastCore<T>> core) noexcept
      : core_(std::move(core)) {
    core_->add_room();
  }
  Broadcast(const Broadcast& other) noexcept : Broadcast(other.core_) {}
  Broadcast(Broadcast&&) noexcept = default;
  Broadcast& operator=(Broadcast other) noexcept {
    core_.swap(other.core_);
    return *this;
  }
  ~Broadcast() {
    if (core_ != nullptr) core_->drop_room();
  }

  [[nodiscard]] BroadcastSender<T> sender() const noexcept { return BroadcastSender<T>(core_); }
  /// A receiver of all that is sent from now on.
  [[nodiscard]] BroadcastReceiver<T> subscribe() const noexcept {
    return BroadcastReceiver<T>(core_);
  }

 private:
  std::shared_ptr<detail::BroadcastCore<T>> core_;
};

/// Makes a room that keeps the last `capacity` values. T must be copyable. Throws std::bad_alloc,
/// and std::invalid_argument for a capacity of 0.
template <class T>
[[nodiscard]] Broadcast<T> broadcast(std::size_t capacity) {
  return Broadcast<T>(
      std::make_shared<detail::BroadcastCore<T>>(detail::check_broadcast_capacity(capacity)));
}

}  // namespace twofold
