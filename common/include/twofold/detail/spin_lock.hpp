// SpinLock: guards a few instructions of a structure that several workers share.
//
// Uncontended, it costs one atomic exchange and one store, and two stores where the process has one
// thread. Nothing that may block, allocate, call user code, start a thread or suspend happens under
// it.
#pragma once

#include "twofold/detail/atomic.hpp"
#include "twofold/detail/single_threaded.hpp"

namespace twofold::detail {

/// What who waits for another thread does in each of its rounds: the other may have been preempted
/// on this very core, so after a short while it is let run.
void pause_a_while(unsigned round) noexcept;

/// How many rounds of it take some microseconds less than what they may save, a heavy fence.
inline constexpr unsigned kRoundsToAsk = 32;

class SpinLock {
 public:
  void lock() noexcept {
    if (is_single_threaded()) {
      held_.store(true, std::memory_order_relaxed);
      return;
    }
    // Acquire: pairs with the release in unlock(), so that the last holder's writes are seen.
    if (held_.exchange(true, std::memory_order_acquire)) [[unlikely]]
      lock_slow();
  }
  [[nodiscard]] bool try_lock() noexcept {
    return !held_.load(std::memory_order_relaxed) &&
           !held_.exchange(true, std::memory_order_acquire);
  }
  void unlock() noexcept { held_.store(false, std::memory_order_release); }

 private:
  void lock_slow() noexcept;

  Atomic<bool> held_{false};
};

}  // namespace twofold::detail
