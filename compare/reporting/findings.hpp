// What the figures mean, in words: who wins a workload, by how much, and where.
//
// Used by every writer, so that all forms of the report draw the same conclusions. A conclusion is
// made from verdicts alone, never from figures whose verdict claims nothing.
#pragma once

#include <string>
#include <vector>

#include "reporting/results.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {

// Two variants built by one compiler, the first being what the second is measured against.
struct Pairing {
  std::string reference;
  std::string contender;
};

// The pairs that the verdicts are about: stackless and stackful, once for each compiler. Empty when
// fewer than two variants were run.
[[nodiscard]] std::vector<Pairing> pairings(const Results& results);

struct PointFinding {
  PointKey point;
  std::string label;
  std::int64_t axis_value = 0;
  bool has_figure = false;
  Estimate cost_ratio;  // contender to reference; above 1 the contender costs more
  Verdict verdict = Verdict::kNoiseLimited;
};

enum class Outcome { kContender, kReference, kDepends, kNoDifference, kNoiseLimited, kNoFigures };

struct WorkloadFinding {
  std::string workload;
  std::string metric;
  std::string axis;
  Pairing pairing;
  std::vector<PointFinding> points;
  Outcome outcome = Outcome::kNoFigures;
  std::string sentence;  // "stackful is faster, by 1.2× to 2.4×"
};

// Whether any figure of the workload (empty: of the run) rests on so many samples that a difference
// could be claimed.
[[nodiscard]] bool can_claim(const Results& results, const std::string& workload);

[[nodiscard]] WorkloadFinding judge_workload(const Results& results, const WorkloadNote& workload,
                                             const Pairing& pairing);

// One for each workload that was run, in the order of `results.workloads`.
[[nodiscard]] std::vector<WorkloadFinding> judge_all(const Results& results,
                                                     const Pairing& pairing);

// What one task (or connection) more takes with each variant, for a workload whose figure is memory
// for each of what its axis counts: the median of the slopes between any two sizes (Theil and Sen),
// which what the process takes anyway does not enter. Empty with fewer than five sizes.
[[nodiscard]] std::string slope_sentence(const Results& results, const WorkloadNote& workload);

// The whole run in one or two sentences.
[[nodiscard]] std::string headline(const std::vector<WorkloadFinding>& findings);

// The ratio turned so that above 1 is always worse.
[[nodiscard]] Estimate cost_ratio(const RatioRow& row);

// A ratio with its verdict as one would say it: "9.1× faster", "1.6× larger", "1.01× no
// difference".
[[nodiscard]] std::string claim_text(const RatioRow& row);

// What the A/A control shows: how many comparisons of a variant with itself were made, how many
// claimed an effect (each of them false), and how far apart the two passes were.
struct ControlFinding {
  int comparisons = 0;
  int claims = 0;
  double median_spread = 0;
  double largest_spread = 0;
  std::string sentence;
};
[[nodiscard]] ControlFinding judge_control(const Results& results);

// Rows of the comparison with an earlier run whose headline figure got worse.
[[nodiscard]] std::vector<const BaselineRow*> regressions(const Results& results);

[[nodiscard]] const WorkloadNote* find_workload(const Results& results, const std::string& name);

// True when the run had more than one number of workers for this workload.
[[nodiscard]] bool has_several_workers(const Results& results, const std::string& workload);

// Names of the variants with at least one sample of the workload, in the order of the manifest, the
// control after its reference.
[[nodiscard]] std::vector<std::string> variants_of(const Results& results,
                                                   const std::string& workload);

// What was typed to make this run, quoted for a shell.
[[nodiscard]] std::string command_line(const Results& results);

// What has to be typed to measure a workload again as it was here.
[[nodiscard]] std::string repeat_command(const Results& results, const std::string& workload);

}  // namespace twofold::compare
