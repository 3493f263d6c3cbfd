// WorkQueue: the ready tasks of one worker, from which others may steal.
//
// A bounded ring. Its worker pushes at the tail and pops at the head, in order; a worker without
// work takes half of it from the head in one compare-and-swap. The design is the run queue of Go's
// scheduler (runqput, runqget, runqgrab in runtime/proc.go): the owner's push is a store, and an
// empty queue costs a thief two loads.
//
// Both positions only grow (modulo 2^32); an item lies in the slot of its position. A thief reads
// the slots before it claims them: were they written anew meanwhile, the head has moved and the
// claim fails. That the head comes to the same value again while a thief is between its two steps
// would need 2^32 pops.
//
// push() and pop() are for the owner; steal_half() for any other thread; empty() for all.
#pragma once

#include <cstddef>
#include <cstdint>

#include "twofold/detail/std_sync.hpp"

namespace twofold::detail {

template <class T, std::uint32_t kCapacity = 256, class Sync = StdSync>
class WorkQueue {
  static_assert((kCapacity & (kCapacity - 1)) == 0, "positions are taken modulo the capacity");

 public:
  static constexpr std::uint32_t kHalf = kCapacity / 2;

  /// False: the queue is full.
  [[nodiscard]] bool push(T* item) noexcept {
    const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    // Acquire: pairs with the claims, so that their thieves have read the slot that is reused.
    if (tail - head_.load(std::memory_order_acquire) >= kCapacity) return false;
    slot(tail).store(item, std::memory_order_relaxed);
    // Release: who sees the tail sees the item, and what its maker did.
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  /// The oldest item; null when there is none.
  [[nodiscard]] T* pop() noexcept {
    std::uint32_t head = head_.load(std::memory_order_relaxed);
    for (;;) {
      if (head == tail_.load(std::memory_order_relaxed)) return nullptr;
      T* const item = slot(head).load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
        return item;
      }
    }
  }

  /// Takes the older half out (rounded up, at most kHalf) into `taken`, oldest first. How many; 0
  /// when the queue is empty. The owner calls it too, to make room.
  [[nodiscard]] std::uint32_t take_half(T* (&taken)[kHalf]) noexcept {
    std::uint32_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      // Acquire: the items up to the tail have been written.
      const std::uint32_t tail = tail_.load(std::memory_order_acquire);
      const std::uint32_t size = tail - head;
      const std::uint32_t count = size - size / 2;
      if (count == 0) return 0;
      if (count > kHalf) {  // the head was read before others moved it
        head = head_.load(std::memory_order_acquire);
        continue;
      }
      for (std::uint32_t i = 0; i < count; ++i) {
        taken[i] = slot(head + i).load(std::memory_order_relaxed);
      }
      // Release: the slots have been read before the owner sees them free.
      if (head_.compare_exchange_weak(head, head + count, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        return count;
      }
    }
  }

  [[nodiscard]] bool empty() const noexcept {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }

 private:
  using Slot = typename Sync::template Atomic<T*>;
  using Position = typename Sync::template Atomic<std::uint32_t>;

  [[nodiscard]] Slot& slot(std::uint32_t position) noexcept {
    return slots_[position & (kCapacity - 1)];
  }

  alignas(64) Position head_{0};  // moved by the owner and by thieves
  alignas(64) Position tail_{0};  // moved by the owner
  Slot slots_[kCapacity] = {};
};

}  // namespace twofold::detail
