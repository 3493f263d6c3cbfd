// Atomic, AtomicRef: the atomics of everything that threads share, by one name.
//
// All of common includes this and none of it names std::atomic, so that the model checker
// (tests/model) runs the very same code over atomics whose every operation it schedules: it puts a
// header of this name before this one on the include path.
#pragma once

#include <atomic>

namespace twofold::detail {

template <class T>
using Atomic = std::atomic<T>;
template <class T>
using AtomicRef = std::atomic_ref<T>;

/// Orders a store before it with a load after it (Dekker's algorithm).
inline void full_fence() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }

}  // namespace twofold::detail
