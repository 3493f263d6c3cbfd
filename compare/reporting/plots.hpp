// The plots of the report, each an <svg> element of its own.
//
// Used by the HTML report. Every plot with a magnitude starts at zero; a variant that would press
// the others flat is named at the edge with its figure instead of being drawn. Variants differ by
// marker and dash as well as by colour.
#pragma once

#include <string>
#include <vector>

#include "reporting/findings.hpp"
#include "reporting/results.hpp"
#include "reporting/svg.hpp"

namespace twofold::compare {

// How a variant looks in every plot of one report.
struct VariantStyle {
  std::string css;  // class that sets the colour and the dash
  Marker marker = Marker::kCircle;
};
[[nodiscard]] VariantStyle style_of(const Results& results, const std::string& variant);

// The scale that all strips of a verdict table share.
struct RatioScale {
  double low = 0.5;
  double high = 2;
  double label_width = 100;  // in pixels, for the names of the points
};
[[nodiscard]] RatioScale ratio_scale(const std::vector<WorkloadFinding>& findings);

// What stands above the strips: the ticks, and which side is whose.
[[nodiscard]] std::string strip_header(const Pairing& pairing, const RatioScale& scale);

// A workload's ratios, one line a point, on a logarithmic axis with whiskers.
[[nodiscard]] std::string ratio_strip(const Results& results, const WorkloadFinding& finding,
                                      const RatioScale& scale);

// A metric over the workload's axis, one curve a variant with its interval as a band; one plot for
// each combination of the other parameters that has at least two points.
[[nodiscard]] std::vector<std::string> sweep_plots(const Results& results,
                                                   const WorkloadNote& workload,
                                                   const std::string& metric);

// A metric at each point that no sweep shows: one bar a variant with its interval as a whisker.
[[nodiscard]] std::vector<std::string> bar_plots(const Results& results,
                                                 const WorkloadNote& workload,
                                                 const std::string& metric);

// p50, p99 and p99.9 of each variant at each point, on a logarithmic axis; empty for a workload
// that measures none.
[[nodiscard]] std::vector<std::string> latency_plots(const Results& results,
                                                     const WorkloadNote& workload);

}  // namespace twofold::compare
