// The sections of the HTML report about claims: the ledger with its verdicts, and the probes behind
// it.
#pragma once

#include <string>

#include "reporting/results.hpp"

namespace twofold::compare {

/// Empty when the run was given no ledger.
[[nodiscard]] std::string html_claims(const Results& results);

/// The figures of the programs that measure single claims; empty when none was run.
[[nodiscard]] std::string html_probes(const Results& results);

}  // namespace twofold::compare
