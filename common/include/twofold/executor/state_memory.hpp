// StateMemory: what the suspended state of tasks takes, coroutine frames or stacks.
//
// Part of Runtime::metrics(); filled in by the runtime's mechanism, which alone knows. It is that
// of the whole process, whose runtimes share their pools.
#pragma once

#include <cstdint>

namespace twofold {

struct StateMemory {
  std::uint64_t bytes = 0;       ///< taken from the system, pools included, resident or not
  std::uint64_t bytes_peak = 0;  ///< the most that `bytes` has been
  std::uint64_t segments = 0;    ///< pieces of stack in use: each fiber has one or more
  std::uint64_t growths = 0;     ///< times that a stack got a further segment from the depot
  std::uint64_t spare_hits = 0;  ///< times that it got one from the thread's own list, at no cost
  std::uint64_t deepest_bytes = 0;  ///< the most stack that one fiber has had; 0 where none grows
};

}  // namespace twofold
