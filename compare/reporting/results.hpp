// What a run of the comparison produced: the in-memory form of results.json.
//
// Filled by the driver, completed by `summarize`, read by every writer of the report. The JSON form
// is the only thing that a report is made from: `from_json(to_json(r))` gives `r` again, so a
// report can be rebuilt anywhere. Values that are not finite have no place in JSON and become null.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "reporting/statistics.hpp"

namespace twofold::compare {

using Json = nlohmann::ordered_json;

// Named integers in the order in which the workload lists them.
using Parameters = std::vector<std::pair<std::string, std::int64_t>>;

// Where a measurement was taken. Only samples of one point are ever compared with each other.
struct PointKey {
  std::string workload;
  Parameters params;
  unsigned workers = 1;
  auto operator<=>(const PointKey&) const = default;
};

// A workload as its program describes it, with the points of this run.
struct WorkloadNote {
  std::string name;
  std::string summary;
  std::string metric;  // the headline figure
  std::string axis;    // the parameter that plots sweep, or empty
  std::string load;    // the load that drives the server, or empty
  std::vector<Parameters> points;
  bool exact = false;  // its figures are counts that no noise moves: one sample says it
};

struct VariantNote {
  std::string name;
  std::string kind;  // runtime, native, baseline, peer, control, probe
  std::string compiler;
  std::string flags;
  std::string runtime;    // in words: what suspends a task
  std::string stack;      // how a stack is kept, or empty
  std::string switching;  // how control changes stacks, or empty
  bool available = true;
  std::string reason;  // why it is not available
  // Workloads of this run that it does not offer, each with the reason.
  std::map<std::string, std::string> cannot;
};

// One figure of one process, or the way in which that process failed to give any.
struct Sample {
  PointKey point;
  std::string variant;
  std::string metric;
  std::string unit;
  std::optional<double> value;
  int round = 0;
  int attempt = 0;
  std::uint64_t seed = 0;
  std::string status = "ok";  // ok, failed, invalid, crash, hang, unsupported, capped
  std::string detail;
  std::string checksum;
  std::optional<double> ops;
  double wall_s = 0;
  double load_average = 0;
  double steal_fraction = 0;  // of the machine's CPU time during the sample
  double foreign_cores = 0;   // cores that other programs kept busy meanwhile
  bool disturbed = false;
  bool used = true;  // false when a repetition took its place
};

struct SummaryRow {
  PointKey point;
  std::string variant;
  std::string metric;
  std::string unit;
  Estimate median;
  std::size_t n = 0;
};

struct RatioRow {
  PointKey point;
  std::string variant;
  std::string metric;
  std::string reference;
  Estimate ratio;  // as measured: median of the variant / median of the reference
  double p = 1;
  double threshold = 0;
  Verdict verdict = Verdict::kNoiseLimited;
};

// This run's median over that of an earlier run, for the same variant and point.
struct BaselineRow {
  PointKey point;
  std::string variant;
  std::string metric;
  Estimate ratio;
  double p = 1;
  Verdict verdict = Verdict::kNoiseLimited;
};

// A verdict that an earlier run gave otherwise, in words.
struct VerdictChange {
  std::string subject;
  std::string then;
  std::string now;
};

// How this run's verdicts compare with those of an earlier run.
struct Reproduction {
  int compared = 0;  // verdicts that both runs gave; 0 without an earlier run
  std::vector<VerdictChange> changes;
};

struct Results {
  Json context = Json::object();
  std::vector<WorkloadNote> workloads;
  // What is measured for single claims, by programs of kind `probe`: of the machine, of compilers.
  std::vector<WorkloadNote> probes;
  std::vector<VariantNote> variants;
  std::string reference;  // the variant that ratios are against; see `reference_for`
  std::uint64_t seed = 1;
  bool interrupted = false;
  std::vector<Sample> samples;
  std::vector<SummaryRow> summary;
  std::vector<RatioRow> ratios;
  std::vector<BaselineRow> baseline;
  Reproduction reproduction;
  Json claims = Json::array();
};

// The JSON is not a results.json; the message says what is missing or wrong.
class ResultsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[nodiscard]] Json to_json(const Results& results);
// Throws ResultsError.
[[nodiscard]] Results results_from_json(const Json& json);
// Reads and parses `path`; throws ResultsError naming it.
[[nodiscard]] Results read_results(const std::string& path);

[[nodiscard]] std::string verdict_name(Verdict verdict);

// True for figures of which more is better (throughput); of all others less is better.
[[nodiscard]] bool more_is_better(const std::string& metric);

// The part of a variant's name that says which compiler built it, with its '@'; empty for the
// first compiler.
[[nodiscard]] std::string compiler_suffix(const std::string& variant);

// What a variant is compared with: the run's reference as built by the same compiler where it was
// run, otherwise the run's reference.
[[nodiscard]] std::string reference_for(const Results& results, const std::string& variant);

// The name of the second, identical pass over the reference variant.
[[nodiscard]] std::string control_name(const std::string& reference);

}  // namespace twofold::compare
