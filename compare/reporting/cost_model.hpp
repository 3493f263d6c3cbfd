// What a runtime costs for given work, as a formula fitted to the workload `request_mix`.
//
// Used by the report's section on crossovers and by `compare/advise`. The work is a number of
// tasks, each of which again and again makes a request: so many async calls deep, holding so many
// bytes, waiting once at the bottom, with or without I/O. Two formulas a variant:
//
//   ns a request = a + b log2(tasks) + c depth + d live KiB + e I/O share + f depth log2(tasks)
//   bytes a task = a + c depth + d live bytes
//
// with coefficients of at least zero, by least squares of the relative error (non-negative least
// squares by coordinate descent). What a formula is worth is told by leaving out each point in turn
// and predicting it from the others: `typical_error` is the median of those errors, `worst_error`
// the largest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporting/results.hpp"

namespace twofold::compare {

/// The workload that the model is fitted to.
inline constexpr const char* kModelWorkload = "request_mix";

struct Work {
  double tasks = 1;
  double depth = 1;
  double live_bytes = 64;
  double io_share = 0;  // of the requests, 0 to 1
};

/// One term of a formula: what it is called, what it is multiplied with, and its coefficient.
struct Term {
  std::string name;
  double coefficient = 0;
  double factor = 0;  // for the work in question
  [[nodiscard]] double value() const { return coefficient * factor; }
};

struct Formula {
  std::vector<double> coefficients;
  double typical_error = 0;  // relative
  double worst_error = 0;
};

struct MeasuredWork {
  Work work;
  double value = 0;
};

class CostModel {
 public:
  /// Nothing when the results have too few points of the workload for this variant.
  [[nodiscard]] static std::optional<CostModel> fit(const Results& results,
                                                    const std::string& variant);

  [[nodiscard]] const std::string& variant() const { return variant_; }
  [[nodiscard]] const Formula& time() const { return time_; }
  [[nodiscard]] const Formula& memory() const { return memory_; }
  [[nodiscard]] const std::vector<MeasuredWork>& measured_times() const { return measured_; }

  [[nodiscard]] double ns_per_request(const Work& work) const;
  [[nodiscard]] double bytes_per_task(const Work& work) const;
  [[nodiscard]] std::vector<Term> time_terms(const Work& work) const;
  [[nodiscard]] std::vector<Term> memory_terms(const Work& work) const;

 private:
  std::string variant_;
  Formula time_;
  Formula memory_;
  std::vector<MeasuredWork> measured_;
};

/// A place on the axis `parameter` (depth, tasks, live_bytes, io_share) at which the cheaper of two
/// changes; the others as in `work`.
struct Crossover {
  double at = 0;
  std::string cheaper_below;
  std::string cheaper_above;
};

/// Where the two models cross between `low` and `high`; nothing when one is cheaper all along.
[[nodiscard]] std::optional<Crossover> find_crossover(const CostModel& first,
                                                      const CostModel& second, Work work,
                                                      const std::string& parameter, double low,
                                                      double high, bool of_memory);

/// Sets one of the work's members by its name; throws std::invalid_argument for any other.
void set_parameter(Work& work, const std::string& parameter, double value);

}  // namespace twofold::compare
