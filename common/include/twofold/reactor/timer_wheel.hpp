// TimerWheel: when to wake whom, for any number of timers, in constant time each.
//
// A hierarchical wheel (Varghese & Lauck, SOSP 1987; the level of a deadline found from the highest
// bit in which it differs from now, as in Tokio's wheel). Eight levels of 64 slots and a tick of
// 2^16 ns (66 us) cover all of the 64-bit nanosecond clock, so there is no overflow list. Nodes are
// intrusive: they lie in the futures, and nothing is allocated. Owned by one executor; not
// thread-safe (several workers share one under a lock).
//
// Guarantee: a timer never fires before its deadline; it fires at most one tick late, plus what the
// executor was busy with. Timers of different ticks fire in the order of their deadlines.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <functional>

#include "twofold/detail/atomic.hpp"
#include "twofold/task/header.hpp"

namespace twofold::detail {

/// Nanoseconds of the executor's clock.
using Nanoseconds = std::uint64_t;
inline constexpr Nanoseconds kNever = ~Nanoseconds{0};

class TimerWheel;

/// One timer, embedded in a future. Must be cancelled before it is destroyed or moved, unless the
/// wheel went first.
struct TimerNode {
  /// False: it has fired, or was never queued, and the wheel does not touch it any more. Any
  /// thread.
  [[nodiscard]] bool is_queued() const noexcept {
    return link.load(std::memory_order_acquire) != nullptr;
  }

  // What points to this one: the node before, or the slot. Null: not queued. With several workers
  // that is read without the wheel's lock.
  Atomic<TimerNode**> link{nullptr};
  TimerNode* next = nullptr;
  Nanoseconds deadline = kNever;
  TaskRef waiter;  // null as long as it was never queued, and where the wheel went first
};
static_assert(sizeof(TimerNode) == 32);

class TimerWheel {
 public:
  explicit TimerWheel(Nanoseconds now) noexcept : now_tick_(now >> kTickBits) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  /// Queues `node` for node.deadline. Constant time.
  void insert(TimerNode& node) noexcept {
    assert(!node.is_queued());
    place(node);
    ++count_;
  }

  /// Takes `node` out; nothing happens where it is not queued. Constant time.
  void cancel(TimerNode& node) noexcept {
    if (!node.is_queued()) return;
    unlink(node);
    node.link.store(nullptr, std::memory_order_relaxed);
    --count_;
  }

  /// Takes out one of the timers, whichever, and gives its waiter, which is not woken. Null: there
  /// was none. For the end of the executor, which a future may outlive.
  [[nodiscard]] TaskRef forget_one() noexcept;

  /// Wakes every timer whose deadline is not after `now`.
  void advance(Nanoseconds now) noexcept;

  /// When advance() must next be called: the earliest deadline, or earlier where timers
  /// have to move down a level first. kNever when there is none.
  [[nodiscard]] Nanoseconds next_deadline() const noexcept;

 private:
  static constexpr unsigned kTickBits = 16;
  static constexpr unsigned kSlotBits = 6;
  static constexpr unsigned kSlots = 1u << kSlotBits;
  static constexpr unsigned kLevels = 8;

  // The first tick that lies wholly at or after the deadline, so that no timer is early; the last
  // one there is, for deadlines at the end of the clock.
  [[nodiscard]] static std::uint64_t tick_of(Nanoseconds deadline) noexcept {
    constexpr std::uint64_t kLast = kNever >> kTickBits;
    const std::uint64_t tick = deadline >> kTickBits;
    const bool between = (deadline & ((1u << kTickBits) - 1)) != 0;
    return between && tick < kLast ? tick + 1 : tick;
  }

  void place(TimerNode& node) noexcept {
    std::uint64_t tick = tick_of(node.deadline);
    if (tick <= now_tick_) tick = now_tick_ + 1;
    const auto differing = static_cast<unsigned>(63 - std::countl_zero(tick ^ now_tick_));
    const unsigned level = differing / kSlotBits;
    assert(level < kLevels);
    if (level >= kLevels) __builtin_unreachable();  // 48 bits of ticks make eight levels
    const auto index = static_cast<unsigned>((tick >> (level * kSlotBits)) & (kSlots - 1));
    TimerNode*& head = slots_[level * kSlots + index];
    node.link.store(&head, std::memory_order_relaxed);
    node.next = head;
    if (head != nullptr) head->link.store(&node.next, std::memory_order_relaxed);
    head = &node;
    occupied_[level] |= std::uint64_t{1} << index;
  }

  void unlink(TimerNode& node) noexcept {
    TimerNode** const link = node.link.load(std::memory_order_relaxed);
    *link = node.next;
    if (node.next != nullptr) {
      node.next->link.store(link, std::memory_order_relaxed);
      return;
    }
    // The last of its list; where it was the first too, the slot points to it.
    const std::less<> before;
    if (before(link, slots_.data()) || !before(link, slots_.data() + slots_.size())) return;
    const auto slot = static_cast<std::size_t>(link - slots_.data());
    occupied_[slot / kSlots] &= ~(std::uint64_t{1} << (slot % kSlots));
  }

  [[nodiscard]] bool next_slot(unsigned& level, std::uint64_t& tick) const noexcept;
  void expire_slot(unsigned level, std::uint64_t tick) noexcept;

  std::uint64_t now_tick_;
  std::size_t count_ = 0;
  std::array<std::uint64_t, kLevels> occupied_{};
  std::array<TimerNode*, kLevels * kSlots> slots_{};
};

}  // namespace twofold::detail
