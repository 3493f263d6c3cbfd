// The fixed text of the report: how the figures were made, and what could make them mislead.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reporting/results.hpp"

namespace twofold::compare {

// Each a sentence or two; with the numbers of this run filled in.
[[nodiscard]] std::vector<std::string> method_points(const Results& results);
[[nodiscard]] std::vector<std::string> threats(const Results& results);

// Where the figures come from: name and value, in the order in which they are shown.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> provenance(const Results& results);

// What to know before reading further: that the run was cut short, that many samples were
// disturbed. Empty when there is nothing.
[[nodiscard]] std::vector<std::string> cautions(const Results& results);

}  // namespace twofold::compare
