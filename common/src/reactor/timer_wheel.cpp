// TimerWheel: expiry and the descent of timers from level to level.
#include "twofold/reactor/timer_wheel.hpp"

namespace twofold::detail {

// The occupied slot that is due first, and the tick at which it is. A slot of level L > 0 is due
// when its first tick begins: its timers are then placed again, at lower levels.
bool TimerWheel::next_slot(unsigned& level, std::uint64_t& tick) const noexcept {
  // Levels hold disjoint, ascending spans of time after now_tick_, so the lowest occupied one is
  // first.
  for (level = 0; level < kLevels; ++level) {
    if (occupied_[level] == 0) continue;
    const unsigned shift = level * kSlotBits;
    const auto index = static_cast<unsigned>(std::countr_zero(occupied_[level]));
    // Within a level every slot lies after now's: their indices differ from now's upwards only.
    const std::uint64_t above =
        shift + kSlotBits >= 64 ? 0 : (now_tick_ >> (shift + kSlotBits)) << (shift + kSlotBits);
    tick = above | (std::uint64_t{index} << shift);
    return true;
  }
  return false;
}

Nanoseconds TimerWheel::next_deadline() const noexcept {
  unsigned level = 0;
  std::uint64_t tick = 0;
  if (!next_slot(level, tick)) return kNever;
  return tick > (kNever >> kTickBits) ? kNever : tick << kTickBits;
}

void TimerWheel::expire_slot(unsigned level, std::uint64_t tick) noexcept {
  const unsigned slot =
      level * kSlots + static_cast<unsigned>((tick >> (level * kSlotBits)) & (kSlots - 1));
  TimerNode* node = std::exchange(slots_[slot], nullptr);
  occupied_[level] &= ~(std::uint64_t{1} << (slot % kSlots));
  // Pushed at the front, so last in first: turn the list round to fire in the order of insertion.
  TimerNode* in_order = nullptr;
  while (node != nullptr) {
    TimerNode* next = std::exchange(node->next, in_order);
    in_order = node;
    node = next;
  }
  while (in_order != nullptr) {
    TimerNode& timer = *in_order;
    in_order = in_order->next;
    if (tick_of(timer.deadline) <= now_tick_) {
      --count_;
      timer.waiter.wake();
      // Last: from now on whoever sees it may destroy the node. Release: pairs with is_queued().
      timer.link.store(nullptr, std::memory_order_release);
    } else {
      place(timer);
    }
  }
}

TaskRef TimerWheel::forget_one() noexcept {
  unsigned level = 0;
  std::uint64_t tick = 0;
  if (!next_slot(level, tick)) return {};
  const auto index = static_cast<unsigned>((tick >> (level * kSlotBits)) & (kSlots - 1));
  TimerNode& node = *slots_[level * kSlots + index];
  unlink(node);
  --count_;
  TaskRef waiter = std::move(node.waiter);
  // Last, as in expire_slot(). Release: pairs with is_queued().
  node.link.store(nullptr, std::memory_order_release);
  return waiter;
}

void TimerWheel::advance(Nanoseconds now) noexcept {
  const std::uint64_t target = now >> kTickBits;
  unsigned level = 0;
  std::uint64_t tick = 0;
  while (next_slot(level, tick) && tick <= target) {
    now_tick_ = tick;
    expire_slot(level, tick);
  }
  if (target > now_tick_) now_tick_ = target;
}

}  // namespace twofold::detail
