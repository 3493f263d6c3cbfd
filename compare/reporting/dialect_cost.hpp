// What the dialect costs: workloads that were also written by hand, in each runtime's own spelling,
// beside their twins in the dialect.
#pragma once

#include <string>
#include <vector>

#include "reporting/results.hpp"

namespace twofold::compare {

/// The dialect over the own spelling, for the headline figure of each point that both were run at.
[[nodiscard]] std::vector<RatioRow> dialect_costs(const Results& results);

/// In how many of those a difference is claimed, and how large the largest is. Empty without any.
[[nodiscard]] std::string dialect_sentence(const Results& results);

/// The section of the HTML report; empty without any.
[[nodiscard]] std::string html_dialect(const Results& results);

}  // namespace twofold::compare
