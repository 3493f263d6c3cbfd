// The table that a run ends with, for a terminal of a hundred columns.
#pragma once

#include <string>

#include "reporting/results.hpp"

namespace twofold::compare {

// With ANSI colours only where asked for. Blocks by workload first, then what failed, and last the
// verdicts, so that they are what is still on the screen.
[[nodiscard]] std::string terminal_table(const Results& results, bool with_colour);

}  // namespace twofold::compare
