// From raw samples to medians, ratios and verdicts.
//
// Used by the driver once its samples are in and by `twofold-report`, so that a rebuilt report runs
// through the very same steps. Guarantees: a cell with any failure has no summary row, and neither
// has any variant at a point where variants gave different answers.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reporting/results.hpp"

namespace twofold::compare {

// Replaces `summary` and `ratios` by what `samples` say.
void summarize(Results& results);

// Fills `baseline` with this run's medians over those of `earlier`.
void compare_with_baseline(Results& results, const Results& earlier);

// `variant` over `reference` at one point, judged like any ratio; nothing where either has no
// figure.
[[nodiscard]] std::optional<RatioRow> compare_at(const Results& results, const PointKey& point,
                                                 const std::string& metric,
                                                 const std::string& variant,
                                                 const std::string& reference);

// Why a variant has no figure at a point.
struct Trouble {
  PointKey point;
  std::string variant;
  std::string status;
  std::string detail;
  int count = 0;  // samples that ended so
};

// What went wrong or could not be run, in the order of the samples, each once; a point with
// contradicting answers appears with the status "answers differ" and an empty variant.
[[nodiscard]] std::vector<Trouble> find_troubles(const Results& results);

// The failures among `troubles` in a line each, those that differ only in their point taken
// together: "crash yield threads at 2 points: signal 11".
[[nodiscard]] std::vector<std::string> failure_lines(const std::vector<Trouble>& troubles);

// Why there is no figure in this place of a table, or null when nothing went wrong there.
[[nodiscard]] const Trouble* trouble_at(const std::vector<Trouble>& troubles, const PointKey& point,
                                        const std::string& variant);

// True for a trouble that makes the run's exit status 1: everything but limits and what a variant
// says it does not do.
[[nodiscard]] bool is_failure(const Trouble& trouble);

[[nodiscard]] bool has_failures(const Results& results);

[[nodiscard]] std::set<PointKey> points_with_different_answers(const Results& results);

[[nodiscard]] const SummaryRow* find_summary(const Results& results, const PointKey& point,
                                             const std::string& variant, const std::string& metric);
[[nodiscard]] const RatioRow* find_ratio(const Results& results, const PointKey& point,
                                         const std::string& variant, const std::string& metric);

// The points of a workload in the order of the report: along its axis, for every number of workers
// that was run.
[[nodiscard]] std::vector<PointKey> points_of(const Results& results, const WorkloadNote& workload);

}  // namespace twofold::compare
