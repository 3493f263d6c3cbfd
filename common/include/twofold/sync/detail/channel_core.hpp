// ChannelCore<T>: what a channel's senders and its receiver share.
//
// Used by channel.hpp only. One lock guards the buffer and those who wait; an operation takes it
// once, and the poll after a wake not at all: a value goes straight from the sender into the
// waiting receiver's node, and from a waiting sender's node into the buffer (Go's channels do the
// same with their sudogs). Tasks are woken after the lock is released.
//
// Invariants, under the lock:
//   a sender waits      =>  the buffer is full (size >= capacity), and the channel is open
//   the receiver waits  =>  the buffer is empty, no sender waits, and the channel is open
// A received value whose recv is destroyed before it was polled again goes back to the front. There
// is at most one such value, since a receiver has one recv at a time: the buffer has one slot more
// than the capacity, for it.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "twofold/detail/atomic.hpp"
#include "twofold/detail/spin_lock.hpp"
#include "twofold/sync/detail/ring_buffer.hpp"
#include "twofold/sync/detail/waiter_list.hpp"

namespace twofold::detail {

/// Throws std::logic_error: a second recv began while the first was pending.
[[noreturn]] void throw_two_receives();

/// A value on its way in. Its future's.
template <class T>
struct SendNode : Waiter {
  explicit SendNode(T&& v) noexcept : value(std::move(v)) {}
  T value;  ///< moved from once it is sent
};

/// A place for a value on its way out. Its future's. Bare storage, since the turn says whether
/// there is a value: moving a std::optional about costs more here than all else, because it is
/// written in two parts and read as one, which the processor cannot forward.
template <class T>
struct ReceiveNode : Waiter {
  ReceiveNode() noexcept {}
  ReceiveNode(ReceiveNode&& other) noexcept : Waiter(std::move(other)) {}
  ~ReceiveNode() {}

  union {
    T value;  ///< alive once the turn is kGranted
  };
};

enum class SendAnswer : std::uint8_t { kSent, kFull, kClosed };

template <class T>
class ChannelCore {
 public:
  /// Throws std::bad_alloc, also for a capacity that no memory has.
  explicit ChannelCore(std::size_t capacity)
      : capacity_(capacity), buffer_(capacity == SIZE_MAX ? capacity : capacity + 1) {}
  ChannelCore(const ChannelCore&) = delete;
  ChannelCore& operator=(const ChannelCore&) = delete;

  /// Moves from `value` only if it is sent.
  [[nodiscard]] SendAnswer try_send(T& value) noexcept {
    std::unique_lock held(lock_);
    return send(value, held);
  }

  /// As try_send, but where there is no room the node waits for it, for `task`.
  [[nodiscard]] SendAnswer send_or_wait(SendNode<T>& node, TaskHeader& task) noexcept {
    std::unique_lock held(lock_);
    const SendAnswer answer = send(node.value, held);
    if (answer == SendAnswer::kFull) senders_.enqueue(node, task);
    return answer;
  }

  /// The next value if it is there; whether the node's value is alive now.
  [[nodiscard]] bool try_receive(ReceiveNode<T>& node) noexcept {
    std::unique_lock held(lock_);
    return receive(node, held);
  }

  /// kGranted: the node's value is alive. kReleased: there will never be one. kWaiting: the node
  /// waits for one, for `task`.
  [[nodiscard]] Turn receive_or_wait(ReceiveNode<T>& node, TaskHeader& task) {
    if (receiving_) [[unlikely]]
      throw_two_receives();
    std::unique_lock held(lock_);
    if (receive(node, held)) return Turn::kGranted;
    if (closed_) return Turn::kReleased;
    receivers_.enqueue(node, task);
    receiving_ = true;
    return Turn::kWaiting;
  }

  /// A node that waits was polled by `task`. Gives its turn.
  [[nodiscard]] Turn wait_again(Waiter& node, TaskHeader& task) noexcept {
    return detail::wait_again(lock_, node, task);
  }

  /// The recv whose node waited has been polled, or is over.
  void end_receiving() noexcept { receiving_ = false; }

  void cancel_send(SendNode<T>& node) noexcept {
    const std::lock_guard held(lock_);
    if (node.turn() == Turn::kWaiting) WaiterList::cancel(node);
  }

  /// What the node was given in the meantime goes back to the front.
  void cancel_receive(ReceiveNode<T>& node) noexcept {
    end_receiving();
    const std::lock_guard held(lock_);
    if (node.turn() == Turn::kWaiting) {
      WaiterList::cancel(node);
    } else if (node.turn() == Turn::kGranted) {
      buffer_.push_front(std::move(node.value));
      std::destroy_at(&node.value);
    }
  }

  /// No more sends. Who waits to send is released; who waits to receive is told that nothing comes.
  void close() noexcept {
    std::unique_lock held(lock_);
    if (std::exchange(closed_, true)) return;
    // At most one of the two queues has anybody in it.
    end_all(receivers_.empty() ? senders_ : receivers_, Turn::kReleased, held);
  }

  [[nodiscard]] bool is_closed() const noexcept {
    const std::lock_guard held(lock_);
    return closed_;
  }
  [[nodiscard]] std::size_t size() const noexcept {
    const std::lock_guard held(lock_);
    return buffer_.size();
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  void add_sender() noexcept {
    // Relaxed: who copies a sender has one, so the count is not falling to zero.
    sender_count_.fetch_add(1, std::memory_order_relaxed);
  }
  void drop_sender() noexcept {
    // Acquire-release: what the other senders did with the core is over before it is destroyed.
    if (sender_count_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    close();
    drop_side();
  }
  void drop_receiver() noexcept {
    assert(!receiving_ && "twofold: a receiver was destroyed before its recv");
    close();
    // Closed, and without a receiver: nobody but us touches the buffer now, and so the values'
    // destructors run outside of the lock.
    while (buffer_.size() != 0) buffer_.drop_front();
    drop_side();
  }

 private:
  ~ChannelCore() = default;

  [[nodiscard]] SendAnswer send(T& value, std::unique_lock<SpinLock>& held) noexcept {
    if (closed_) [[unlikely]]
      return SendAnswer::kClosed;
    if (!receivers_.empty()) {
      auto& receiver = static_cast<ReceiveNode<T>&>(receivers_.front());
      std::construct_at(&receiver.value, std::move(value));
      const TaskRef woken = receivers_.end_first(Turn::kGranted);
      held.unlock();
      woken.wake();
      return SendAnswer::kSent;
    }
    if (buffer_.size() >= capacity_) return SendAnswer::kFull;
    buffer_.push_back(std::move(value));
    return SendAnswer::kSent;
  }

  // True: the value of `node` is alive. False: the lock is still held.
  [[nodiscard]] bool receive(ReceiveNode<T>& node, std::unique_lock<SpinLock>& held) noexcept {
    if (buffer_.size() != 0) {
      std::construct_at(&node.value, std::move(buffer_.front()));
      buffer_.drop_front();
      if (senders_.empty() || buffer_.size() >= capacity_) return true;
      buffer_.push_back(std::move(first_sender().value));
    } else if (!senders_.empty()) {
      std::construct_at(&node.value, std::move(first_sender().value));
    } else {
      return false;
    }
    const TaskRef woken = senders_.end_first(Turn::kGranted);
    held.unlock();
    woken.wake();
    return true;
  }

  [[nodiscard]] SendNode<T>& first_sender() noexcept {
    return static_cast<SendNode<T>&>(senders_.front());
  }

  void drop_side() noexcept {
    // Acquire-release: the last side sees what the other did.
    if (sides_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  mutable SpinLock lock_;
  bool closed_ = false;
  bool receiving_ = false;  // the receiver's own: its recv waits
  const std::size_t capacity_;
  RingBuffer<T> buffer_;
  WaiterList receivers_;
  WaiterList senders_;
  Atomic<std::size_t> sender_count_{1};
  Atomic<unsigned> sides_{2};  // the senders together, the receiver
};

}  // namespace twofold::detail
