// BroadcastCore<T>: what a broadcast's room, its senders and its receivers share.
//
// Used by broadcast.hpp only. A ring of the last values, numbered from the first that was sent; a
// receiver is a position in that sequence. Sending ends the wait of all receivers; each then looks
// for itself, so that a receiver that is cancelled takes nothing from the others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "twofold/detail/spin_lock.hpp"
#include "twofold/sync/detail/waiter_list.hpp"

namespace twofold::detail {

/// A value as the room keeps it: copying this is for the lock, copying a T may not be.
template <class T>
class BroadcastSlot {
  static constexpr bool kInPlace = std::is_trivially_copyable_v<T>;
  using Stored = std::conditional_t<kInPlace, std::optional<T>, std::shared_ptr<const T>>;

 public:
  BroadcastSlot() noexcept = default;
  explicit BroadcastSlot(T&& value) : stored_(store(std::move(value))) {}

  /// A copy of the value; nothing where there is none.
  [[nodiscard]] std::optional<T> copy() const {
    if constexpr (kInPlace) {
      return stored_;
    } else {
      return stored_ == nullptr ? std::nullopt : std::optional<T>(*stored_);
    }
  }

 private:
  static Stored store(T&& value) {
    if constexpr (kInPlace) {
      return value;
    } else {
      return std::make_shared<const T>(std::move(value));
    }
  }
  Stored stored_;
};

/// What a room, its senders and its receivers share.
template <class T>
class BroadcastCore {
 public:
  using Slot = BroadcastSlot<T>;

  explicit BroadcastCore(std::size_t capacity) : slots_(capacity) {}
  BroadcastCore(const BroadcastCore&) = delete;
  BroadcastCore& operator=(const BroadcastCore&) = delete;

  /// `slot` becomes the newest value, and is given the one that it displaces, to be dropped outside
  /// of the lock.
  void send(Slot& slot) noexcept {
    std::unique_lock held(lock_);
    std::swap(slots_[end_ % slots_.size()], slot);
    ++end_;
    end_all(waiters_, Turn::kReleased, held);
  }

  /// What a receiver finds: a value, how many it has lost, that it has to wait, or, where there is
  /// none of these, that nothing comes any more.
  struct Found {
    Slot slot;
    std::uint64_t lost = 0;
    bool waits = false;
  };

  /// Looks for the value at `position`, which moves on past it, or past what was lost.
  [[nodiscard]] Found receive(std::uint64_t& position) noexcept {
    const std::lock_guard held(lock_);
    return find(position);
  }
  /// As receive; `waiter` waits for the next value, for `task`, where there is none yet.
  [[nodiscard]] Found receive_or_wait(std::uint64_t& position, Waiter& waiter,
                                      TaskHeader& task) noexcept {
    const std::lock_guard held(lock_);
    Found found = find(position);
    if (found.waits) waiters_.enqueue(waiter, task);
    return found;
  }
  [[nodiscard]] Turn wait_again(Waiter& waiter, TaskHeader& task) noexcept {
    return detail::wait_again(lock_, waiter, task);
  }
  void cancel(Waiter& waiter) noexcept {
    const std::lock_guard held(lock_);
    if (waiter.turn() == Turn::kWaiting) WaiterList::cancel(waiter);
  }

  [[nodiscard]] std::uint64_t end() const noexcept {
    const std::lock_guard held(lock_);
    return end_;
  }

  void add_sender() noexcept {
    const std::lock_guard held(lock_);
    ++senders_;
    had_sender_ = true;
  }
  void drop_sender() noexcept {
    std::unique_lock held(lock_);
    --senders_;
    if (is_closed()) end_all(waiters_, Turn::kReleased, held);
  }
  void add_room() noexcept {
    const std::lock_guard held(lock_);
    ++rooms_;
  }
  void drop_room() noexcept {
    std::unique_lock held(lock_);
    --rooms_;
    if (is_closed()) end_all(waiters_, Turn::kReleased, held);
  }

 private:
  [[nodiscard]] Found find(std::uint64_t& position) noexcept {
    Found found;
    const std::uint64_t oldest = end_ - std::min<std::uint64_t>(end_, slots_.size());
    if (position < oldest) {
      found.lost = oldest - position;
      position = oldest;
    } else if (position != end_) {
      found.slot = slots_[position++ % slots_.size()];
    } else {
      found.waits = !is_closed();
    }
    return found;
  }

  [[nodiscard]] bool is_closed() const noexcept {
    return senders_ == 0 && (had_sender_ || rooms_ == 0);
  }

  mutable SpinLock lock_;
  bool had_sender_ = false;
  std::size_t senders_ = 0;
  std::size_t rooms_ = 0;
  std::uint64_t end_ = 0;    // values sent so far
  std::vector<Slot> slots_;  // value number n at n modulo the capacity
  WaiterList waiters_;
};

}  // namespace twofold::detail
