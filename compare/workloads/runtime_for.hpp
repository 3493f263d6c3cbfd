// runtime_options: the runtime that a sample's parameters ask for.
#pragma once

#include <twofold/twofold.hpp>

#include "protocol/params.hpp"

namespace twofold::compare {

[[nodiscard]] inline RuntimeOptions runtime_options(const Params& params) {
  return {.workers = params.workers()};
}

}  // namespace twofold::compare
