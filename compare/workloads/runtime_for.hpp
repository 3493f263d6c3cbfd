// The runtime that a sample's parameters ask for, and what it cannot do.
#pragma once

#include <twofold/twofold.hpp>

#include <cstdint>
#include <string>

#include "protocol/outcome.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

/// Throws Unsupported for a number of workers that the runtimes do not have.
[[nodiscard]] inline RuntimeOptions runtime_options(const Params& params) {
  if (params.workers() != 1) throw Unsupported("the runtimes have one worker");
  return {.workers = params.workers()};
}

/// Throws Capped where the fibers' stacks cannot hold `depth` nested calls. Without it the sample
/// would end in the runtime's own diagnostic of an overflow.
inline void require_stack_for([[maybe_unused]] std::uint64_t depth) {
#ifdef TWOFOLD_COMPARE_STACKFUL
  constexpr std::uint64_t kLeastFrame = 16;  // bytes: the return address and a saved register
  if (depth * kLeastFrame > stack_limit()) {
    throw Capped(std::string("a ") + stack_policy() + " stack of " + std::to_string(stack_limit()) +
                 " bytes does not hold " + std::to_string(depth) + " calls");
  }
#endif
}

}  // namespace twofold::compare
