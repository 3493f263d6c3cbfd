#include "twofold/detail/spin_lock.hpp"

#include <sched.h>

namespace twofold::detail {

// The holder may have been preempted on this very core: after a short spin let it run.
void SpinLock::lock_slow() noexcept {
  constexpr int kSpins = 64;
  for (int spins = 0; held_.exchange(true, std::memory_order_acquire); ++spins) {
    if (spins < kSpins) {
      __builtin_ia32_pause();
    } else {
      sched_yield();
      spins = 0;
    }
  }
}

}  // namespace twofold::detail
