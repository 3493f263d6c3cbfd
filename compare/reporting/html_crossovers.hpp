// The section of the report that answers for which work which runtime costs less.
#pragma once

#include <string>

#include "reporting/results.hpp"

namespace twofold::compare {

/// Empty when the run has not measured what the cost model is fitted to.
[[nodiscard]] std::string html_crossovers(const Results& results);

/// Where the costs cross, a sentence each; empty as above.
[[nodiscard]] std::vector<std::string> crossover_sentences(const Results& results);

}  // namespace twofold::compare
