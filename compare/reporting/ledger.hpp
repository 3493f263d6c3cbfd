// The claim ledger as it is written down: what is said of stackful and stackless coroutines, and
// what a run has to show for it.
//
// Read by the driver before the first sample, so that figure, direction and threshold of each claim
// are settled before any figure is known; judged by claims.hpp. A ledger is one JSON list or a
// folder of them. Each claim has parts, and each part one expectation:
//
//   {"id": 15, "claim": "...", "who": "Photon", "parts": [
//      {"what": "...", "figure": FIGURE, "at_most": 100},
//      {"what": "...", "figure": FIGURE, "over": FIGURE, "at_least": 1.5},
//      {"what": "...", "runs": "VARIANT WORKLOAD"},        has a figure, so its check passed
//      {"what": "...", "cannot": "VARIANT WORKLOAD"},      says that it cannot run it
//      {"what": "...", "not_measurable": "why"}]}
//
// FIGURE is "VARIANT WORKLOAD(PARAMETER=VALUE, ...).METRIC"; "workers=2" may be one of the
// parameters; those that are not given must leave one point, or "points": "worst" takes the
// dearest. "size": "full" says that only a full run has the points. A claim may end in a "note":
// what the figure means for the reader.
#pragma once

#include "reporting/results.hpp"

namespace twofold::compare {

/// Reads a ledger, sorted by number. Throws ResultsError that names the file, the claim and the
/// part.
[[nodiscard]] Json read_ledger(const std::string& path);

/// What a part is about: a figure, or (without a metric) a variant's attempt at a workload.
struct ClaimSubject {
  std::string variant;
  std::string workload;
  Parameters params;
  std::string metric;
};

/// Parentheses may be missing, the metric when it is not wanted. Throws ResultsError.
[[nodiscard]] ClaimSubject parse_subject(const std::string& text, bool wants_metric);

}  // namespace twofold::compare
