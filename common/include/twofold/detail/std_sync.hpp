// StdSync: what concurrent structures are built from, as a parameter.
//
// OwnerLock, IdleWorkers and Parker take this as a template parameter, so that the model checker's
// tests can weaken a single one of its operations, and see that the checker notices.
#pragma once

#include "twofold/detail/atomic.hpp"
#include "twofold/detail/spin_lock.hpp"

namespace twofold::detail {

struct StdSync {
  template <class T>
  using Atomic = detail::Atomic<T>;
  using Lock = SpinLock;

  /// Orders a store before it with a load after it (Dekker's algorithm).
  static void full_fence() noexcept { detail::full_fence(); }
};

}  // namespace twofold::detail
