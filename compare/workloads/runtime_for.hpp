// The runtime that a sample's parameters ask for, and what it cannot do.
#pragma once

#include <twofold/twofold.hpp>

#include <cstdint>
#include <string>

#include "protocol/outcome.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

/// Whether a workload's tasks may run at the same time.
enum class Tasks : bool {
  share_variables,    ///< without locks, so they need one worker
  share_nothing_bare  ///< they pass values, or use channels and locks
};

/// Throws Unsupported for several workers where the tasks share variables.
[[nodiscard]] inline RuntimeOptions runtime_options(const Params& params,
                                                    Tasks tasks = Tasks::share_variables) {
  if (params.workers() != 1 && tasks == Tasks::share_variables) {
    throw Unsupported("its tasks share variables without locks, so they need one worker");
  }
  return {.workers = params.workers()};
}

/// Throws Capped where the fibers' stacks cannot hold `depth` nested calls. Without it the sample
/// would end in the runtime's own diagnostic of an overflow. `least_frame`, in bytes: of one call;
/// by default the return address and three saved registers.
inline void require_stack_for([[maybe_unused]] std::uint64_t depth,
                              [[maybe_unused]] std::uint64_t least_frame = 32) {
#ifdef TWOFOLD_COMPARE_STACKFUL
  if (depth * least_frame > stack_limit()) {
    throw Capped(std::string("a ") + stack_policy() + " stack of " + std::to_string(stack_limit()) +
                 " bytes does not hold " + std::to_string(depth) + " calls");
  }
#endif
}

}  // namespace twofold::compare
