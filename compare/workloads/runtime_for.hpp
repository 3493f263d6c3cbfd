// runtime_options: the runtime that a sample's parameters ask for.
#pragma once

#include <twofold/twofold.hpp>

#include "protocol/outcome.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

/// Throws Unsupported for a number of workers that the runtimes do not have.
[[nodiscard]] inline RuntimeOptions runtime_options(const Params& params) {
  if (params.workers() != 1) throw Unsupported("the runtimes have one worker");
  return {.workers = params.workers()};
}

}  // namespace twofold::compare
