// Stall: a task that keeps its worker for long without awaiting anything, so that the other tasks
// of the worker wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace twofold {

struct Stall {
  std::uint64_t task = 0;             ///< its id
  std::string name;                   ///< empty where it has none
  std::chrono::nanoseconds duration;  ///< that it has run for when it was seen, at least
  /// Where it is, innermost first. Empty where its stack could not be walked.
  std::vector<std::string> functions;
};

/// Told of a stall once, while it lasts, on a thread of the library. Must not throw. Must not
/// create or destroy a runtime, nor end a block_on, which wait for it.
using StallReporter = void (*)(const Stall& stall);

/// The default: some lines on standard error.
void write_stall(const Stall& stall);

}  // namespace twofold
