// Whether an earlier run drew the same conclusions.
//
// Used by the driver with --baseline. Figures may move from one run to the next, and those that do
// are in `Results::baseline`; this is about what is claimed of them: the verdicts of stackful
// against stackless at each point, and those of each part of each claim.
#pragma once

#include <string>
#include <vector>

#include "reporting/results.hpp"

namespace twofold::compare {

// Fills `reproduction` with the verdicts that both runs gave, and those that differ.
// Precondition: both are summarized and their claims judged.
void compare_verdicts(Results& results, const Results& earlier);

// Neither verdict is noise-limited: the two runs contradict each other.
[[nodiscard]] bool is_contradiction(const VerdictChange& change);

// "Of 231 verdicts that an earlier run gave too, 220 are the same, ..."; empty without such a run.
[[nodiscard]] std::string reproduction_sentence(const Results& results);

// The verdicts that differ, contradictions first, a line each: "skynet at ...: then faster, now
// noise-limited".
[[nodiscard]] std::vector<std::string> reproduction_lines(const Results& results);

}  // namespace twofold::compare
