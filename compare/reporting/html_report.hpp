// The report as one HTML file that needs nothing else: no network, no script.
//
// Verdicts come first, then each workload with its plots and table, then what failed, then method,
// threats and provenance. Light and dark follow the reader's system. Every name and message that a
// program gave is escaped.
#pragma once

#include <string>
#include <vector>

#include "reporting/results.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {

[[nodiscard]] std::string html_report(const Results& results);

// Parts of the page, in files of their own.
[[nodiscard]] const char* html_style();
[[nodiscard]] std::string html_workload(const Results& results, const WorkloadNote& workload,
                                        const std::vector<Trouble>& troubles);

// The fragment identifier of a workload's section.
[[nodiscard]] std::string html_anchor(const std::string& workload);

// With its first letter in upper case.
[[nodiscard]] std::string capitalized(std::string sentence);

}  // namespace twofold::compare
