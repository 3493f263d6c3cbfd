#include "twofold/detail/spin_lock.hpp"

#include <sched.h>

namespace twofold::detail {

void pause_a_while(unsigned round) noexcept {
  constexpr unsigned kSpins = 64;
  if (round % (kSpins + 1) < kSpins) {
    __builtin_ia32_pause();
  } else {
    sched_yield();
  }
}

void SpinLock::lock_slow() noexcept {
  for (unsigned round = 0; held_.exchange(true, std::memory_order_acquire); ++round) {
    pause_a_while(round);
  }
}

}  // namespace twofold::detail
