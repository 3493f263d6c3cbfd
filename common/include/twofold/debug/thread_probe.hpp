// ThreadProbe: asks another thread, by a signal, which task it runs and where it is in it.
#pragma once

#include <pthread.h>

#include <chrono>
#include <cstdint>

#include "twofold/debug/call_stack.hpp"

namespace twofold::detail {

/// What a worker's thread says of itself.
struct Sighting {
  bool has_task = false;  ///< false: it runs none
  std::uint64_t task = 0;
  char name[64] = {};
  CallStack stack;
};

/// Gives the calling thread a stack for the probe's signal handler, and the process the handler.
/// Before a thread can be asked. Throws std::system_error, std::bad_alloc.
void admit_probe();

/// Asks `thread`, which lives and has called admit_probe(), and waits up to `patience` for its
/// answer. One caller at a time. False: none came. The answer is good until the next call.
[[nodiscard]] bool probe_thread(pthread_t thread, std::chrono::nanoseconds patience,
                                const Sighting*& answer) noexcept;

}  // namespace twofold::detail
