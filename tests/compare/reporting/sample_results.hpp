// Results as a run would give them, small enough to reason about.
#pragma once

#include <string>
#include <vector>

#include "reporting/results.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {

inline WorkloadNote yield_workload() {
  return {"yield",     "tasks that do nothing but yield",
          "ns_per_op", "tasks",
          "",          {{{"tasks", 1}, {"yields", 1000}}, {{"tasks", 1000}, {"yields", 1}}}};
}

inline Sample sample(const WorkloadNote& workload, std::size_t point, const std::string& variant,
                     int round, double value) {
  Sample made;
  made.point = {workload.name, workload.points.at(point), 1};
  made.variant = variant;
  made.metric = workload.metric;
  made.unit = "ns";
  made.value = value;
  made.round = round;
  made.seed = 1 + static_cast<std::uint64_t>(round);
  made.checksum = "c" + std::to_string(made.seed);
  made.ops = 1000;
  return made;
}

// Five rounds of stackless (twice) and stackful at both points of `yield`: stackful takes half as
// long at the first, and twice as long at the second.
inline Results sample_results() {
  Results results;
  results.context = {{"size", "quick"},
                     {"started", "2024-05-01T12:00:00+0000"},
                     {"arguments", Json::array({"--quick", "--only", "yi*"})},
                     {"machine", {{"cpu", "A & B"}, {"cores", 2}, {"kernel", "Linux 6.1"}}}};
  results.reference = "stackless";
  results.workloads = {yield_workload()};
  results.variants = {{.name = "stackless", .kind = "runtime", .compiler = "gcc"},
                      {.name = "stackless (A/A)", .kind = "control", .compiler = "gcc"},
                      {.name = "stackful", .kind = "runtime", .compiler = "gcc"}};
  for (int round = 0; round < 5; ++round) {
    const double jitter = 0.1 * round;
    for (std::size_t point = 0; point < 2; ++point) {
      const double stackful = point == 0 ? 10 : 40;
      results.samples.push_back(
          sample(results.workloads[0], point, "stackless", round, 20 + jitter));
      results.samples.push_back(
          sample(results.workloads[0], point, "stackless (A/A)", round, 20.05 + jitter));
      results.samples.push_back(
          sample(results.workloads[0], point, "stackful", round, stackful + jitter));
    }
  }
  summarize(results);
  return results;
}

}  // namespace twofold::compare
