// light_fence, heavy_fence: Dekker's algorithm where one side runs all the time and the other
// hardly ever.
//
// Both sides store, then load what the other stores, and one of the two must see the other. That
// takes a full fence on each side, or none on the one and the kernel's on the other: membarrier(2)
// has every running thread of the process do a full fence, so that what a thread did before its
// light_fence() is seen after the heavy_fence(), or what it does after it sees what came before.
// The asymmetry is Dice, Huang, Yang's ("Asymmetric Dekker Synchronization", 2001), and what
// userspace RCU and HotSpot's safepoints rely on.
//
// Used by OwnerLock and by workers that go to sleep.
#pragma once

#include "twofold/detail/atomic.hpp"

namespace twofold::detail {

/// Whether the kernel can fence all threads. Where it cannot, both sides need full_fence(). Asked
/// once.
[[nodiscard]] bool has_heavy_fence() noexcept;

/// The side that is cheap: keeps the compiler from moving the load before the store.
inline void light_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// The side that is dear: some microseconds, and an interrupt for each core that runs this process.
/// full_fence() where there is nothing better, and the other side does so too.
void heavy_fence() noexcept;

}  // namespace twofold::detail
