// The raw samples for other tools: CSV, and the JSON of Google Benchmark.
#pragma once

#include <string>

#include "reporting/results.hpp"

namespace twofold::compare {

// One row a figure, with everything that is needed to recompute the report.
[[nodiscard]] std::string samples_csv(const Results& results);

// What Google Benchmark's tools/compare.py reads. Names are "WORKLOAD/param:value/VARIANT", so that
// its `filters` mode compares two variants of one file. `real_time` is in nanoseconds for each
// operation; every other figure is a user counter.
[[nodiscard]] std::string google_benchmark_json(const Results& results);

}  // namespace twofold::compare
