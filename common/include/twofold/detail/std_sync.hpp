// StdSync: what concurrent structures are built from, as a parameter: the standard's atomics.
//
// The structures whose every interleaving is checked (WorkQueue, IdleWorkers, Parker) take this as
// a template parameter, so that the checker can put atomics in its place whose operations it
// schedules.
#pragma once

#include <atomic>

#include "twofold/detail/spin_lock.hpp"

namespace twofold::detail {

struct StdSync {
  template <class T>
  using Atomic = std::atomic<T>;
  using Lock = SpinLock;

  /// Orders a store before it with a load after it (Dekker's algorithm).
  static void full_fence() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }
};

}  // namespace twofold::detail
