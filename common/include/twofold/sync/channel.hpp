// channel: a queue of bounded length between tasks; many senders, one receiver.
//
//     auto [tx, rx] = twofold::channel<int>(8);
//     TF_AWAIT(tx.send(1));                          // true; false once the channel is closed
//     while (auto value = TF_AWAIT(rx.recv())) ...   // until it is closed and drained
//
// The ends may be on different workers and in different runtimes. Go's channels and Tokio's mpsc
// are the models. A channel with capacity 0 is a rendezvous: a send is over when its value has been
// received.
//
// It is closed by close() on either end, when the last sender goes, or when the receiver goes. What
// was sent before can still be received; what waits to be sent is refused.
//
// Cancelling, that is destroying the future before it was ready:
//     send    either the value was sent, or it is destroyed with the future and nothing of it stays
//             in the channel; who cancels does not learn which. The place in the queue is lost.
//     recv    loses nothing: a value that was on its way to it is the next to be received.
//
// Order: values are received in the order in which their sends began (in one task; between tasks,
// in the order in which they reached the channel). Senders that wait are served first come, first
// served.
//
// Cost: a lock and no allocation for each operation; the queue is allocated when the channel is
// made.
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "twofold/executor/executor.hpp"
#include "twofold/future.hpp"
#include "twofold/sync/detail/channel_core.hpp"

namespace twofold {

/// Ready with true when the value was sent, with false when the channel is closed. Made by
/// Sender::send; must not outlive the sender.
template <class T>
class [[nodiscard]] Send {
 public:
  using Output = bool;

  Send(detail::ChannelCore<T>& core, T&& value) noexcept : core_(&core), node_(std::move(value)) {}
  Send(Send&&) noexcept = default;
  ~Send() {
    if (node_.turn() == detail::Turn::kWaiting) core_->cancel_send(node_);
  }

  Poll<bool> poll(Context& context) noexcept {
    detail::TaskHeader& task = context.task();
    detail::Turn turn = node_.turn();
    assert(turn != detail::Turn::kSpent && "twofold: a send was polled after it was ready");
    if (turn == detail::Turn::kIdle) {
      if (!detail::cooperate(task)) return Pending;
      const detail::SendAnswer answer = core_->send_or_wait(node_, task);
      if (answer != detail::SendAnswer::kFull) {
        node_.spend();
        return Ready(answer == detail::SendAnswer::kSent);
      }
      turn = detail::Turn::kWaiting;
    } else if (turn == detail::Turn::kWaiting) {
      turn = core_->wait_again(node_, task);
    }
    if (turn == detail::Turn::kWaiting) {
      task.set_waits_for(detail::WaitsFor::kRoomInChannel);
      return Pending;
    }
    node_.spend();
    return Ready(turn == detail::Turn::kGranted);
  }

 private:
  detail::ChannelCore<T>* core_;
  detail::SendNode<T> node_;
};

/// Ready with the next value, or with nothing when the channel is closed and drained. Made by
/// Receiver::recv; must not outlive the receiver.
template <class T>
class [[nodiscard]] Recv {
 public:
  using Output = std::optional<T>;

  explicit Recv(detail::ChannelCore<T>& core) noexcept : core_(&core) {}
  Recv(Recv&&) noexcept = default;
  ~Recv() {
    if (node_.has_unspent_turn()) core_->cancel_receive(node_);
  }

  Poll<Output> poll(Context& context) {
    detail::TaskHeader& task = context.task();
    detail::Turn turn = node_.turn();
    assert(turn != detail::Turn::kSpent && "twofold: a recv was polled after it was ready");
    if (turn == detail::Turn::kIdle) {
      if (!detail::cooperate(task)) return Pending;
      turn = core_->receive_or_wait(node_, task);
    } else {
      if (turn == detail::Turn::kWaiting) turn = core_->wait_again(node_, task);
      if (turn != detail::Turn::kWaiting) core_->end_receiving();
    }
    if (turn == detail::Turn::kWaiting) {
      task.set_waits_for(detail::WaitsFor::kValueFromChannel);
      return Pending;
    }
    node_.spend();
    if (turn != detail::Turn::kGranted) return Ready(Output());
    Poll<Output> answer(std::in_place, std::move(node_.value));
    std::destroy_at(&node_.value);
    return answer;
  }

 private:
  detail::ChannelCore<T>* core_;
  detail::ReceiveNode<T> node_;
};

/// The sending end of a channel. Copyable: each copy sends into the same channel, and the channel
/// is closed when the last one is gone. A Sender object is for one thread at a time; give each
/// thread a copy. One that was moved from may only be destroyed or assigned to.
template <class T>
class Sender {
 public:
  /// For channel().
  explicit Sender(detail::ChannelCore<T>& core) noexcept : core_(&core) {}
  Sender(const Sender& other) noexcept : core_(other.core_) {
    if (core_ != nullptr) core_->add_sender();
  }
  Sender(Sender&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  Sender& operator=(Sender other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~Sender() {
    if (core_ != nullptr) core_->drop_sender();
  }

  /// Sends `value`, waiting for room while the queue is full. False: the channel is closed, and the
  /// value was dropped.
  Send<T> send(T value) const noexcept { return Send<T>(*core_, std::move(value)); }

  /// Sends without waiting. False: there is no room, or the channel is closed; `value` is as it
  /// was.
  [[nodiscard]] bool try_send(T&& value) const noexcept {
    return core_->try_send(value) == detail::SendAnswer::kSent;
  }
  [[nodiscard]] bool try_send(const T& value) const
      noexcept(std::is_nothrow_copy_constructible_v<T>) {
    T copy(value);
    return try_send(std::move(copy));
  }

  /// No more sends, by anyone. What was sent can still be received. Any number of times.
  void close() const noexcept { core_->close(); }
  /// Whether sends are refused.
  [[nodiscard]] bool is_closed() const noexcept { return core_->is_closed(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return core_->capacity(); }

 private:
  detail::ChannelCore<T>* core_;
};

/// The receiving end of a channel. Move-only; when it is destroyed the channel is closed, and the
/// values in it are destroyed. For one task at a time. A Receiver that was moved from may only be
/// destroyed or assigned to.
template <class T>
class Receiver {
 public:
  /// For channel().
  explicit Receiver(detail::ChannelCore<T>& core) noexcept : core_(&core) {}
  Receiver(Receiver&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  Receiver& operator=(Receiver&& other) noexcept {
    Receiver old(std::move(*this));
    core_ = std::exchange(other.core_, nullptr);
    return *this;
  }
  ~Receiver() {
    if (core_ != nullptr) core_->drop_receiver();
  }

  /// Receives the next value; std::nullopt once the channel is closed and drained. One recv at a
  /// time: a second one beside a pending first throws std::logic_error when it is awaited.
  Recv<T> recv() noexcept { return Recv<T>(*core_); }

  /// The next value, if it is there, or if a sender waits with it.
  [[nodiscard]] std::optional<T> try_recv() noexcept {
    detail::ReceiveNode<T> node;
    if (!core_->try_receive(node)) return std::nullopt;
    std::optional<T> value(std::move(node.value));
    std::destroy_at(&node.value);
    return value;
  }

  /// No more sends. What was sent can still be received. Any number of times.
  void close() noexcept { core_->close(); }
  /// Whether sends are refused; values may still be there.
  [[nodiscard]] bool is_closed() const noexcept { return core_->is_closed(); }
  /// Values that can be received without anyone sending.
  [[nodiscard]] std::size_t size() const noexcept { return core_->size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return core_->capacity(); }

 private:
  detail::ChannelCore<T>* core_;
};

/// The two ends: `auto [tx, rx] = channel<int>(8);`.
template <class T>
struct Channel {
  Sender<T> sender;
  Receiver<T> receiver;
};

/// Makes a channel that holds at most `capacity` values; 0: a rendezvous. T must be movable without
/// exceptions; its move constructor runs under the channel's lock, so it must not use the channel.
/// Throws std::bad_alloc.
template <class T>
[[nodiscard]] Channel<T> channel(std::size_t capacity) {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "twofold::channel: values must be movable without exceptions");
  auto* const core = new detail::ChannelCore<T>(capacity);
  return {Sender<T>(*core), Receiver<T>(*core)};
}

}  // namespace twofold
