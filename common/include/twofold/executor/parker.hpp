// Parker: where one worker sleeps, in the reactor or on a futex, and how others end its sleep.
//
//      awake --prepare--> (in the reactor | on the futex) --unpark--> told --finish--> awake
//        |                                                             ^
//        +------------------------- unpark ----------------------------+
//
// A token that unpark() leaves while the worker is awake makes the next prepare() fail, so that no
// wake is lost between the decision to sleep and the sleep.
#pragma once

#include <cstdint>

#include "twofold/detail/std_sync.hpp"

namespace twofold::detail {

template <class Sync = StdSync>
class Parker {
 public:
  enum Place : std::uint32_t { kAwake, kOnFutex, kInReactor, kTold };

  /// The worker is about to sleep at `place`. False: it was told to wake up already.
  [[nodiscard]] bool prepare(Place place) noexcept {
    std::uint32_t state = kAwake;
    if (state_.compare_exchange_strong(state, place, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
      return true;
    }
    finish();
    return false;
  }

  /// The worker is awake again, told or not.
  void finish() noexcept { state_.exchange(kAwake, std::memory_order_acq_rel); }

  /// Any thread. Gives where the worker must be woken: kAwake and kTold mean nowhere.
  [[nodiscard]] Place unpark() noexcept {
    return static_cast<Place>(state_.exchange(kTold, std::memory_order_acq_rel));
  }

  /// What the futex is; the sleep on it ends when it is no longer kOnFutex.
  [[nodiscard]] auto& word() noexcept { return state_; }
  [[nodiscard]] const auto& word() const noexcept { return state_; }

 private:
  typename Sync::template Atomic<std::uint32_t> state_{kAwake};
};

}  // namespace twofold::detail
