// What the kinds of plot have in common; private to the plots.
#pragma once

#include <string>
#include <vector>

#include "reporting/results.hpp"

namespace twofold::compare {

// The points of a workload that differ only along its axis.
struct Panel {
  std::string series;  // the label of what is constant
  std::vector<PointKey> points;
};
[[nodiscard]] std::vector<Panel> panels_of(const Results& results, const WorkloadNote& workload);

// How high a variant reaches in a plot.
struct Extent {
  std::string variant;
  double value;  // its largest median
  double high;   // the largest upper end of an interval
};

// The top of a scale from zero on which all runtimes fit and no other variant presses them flat.
[[nodiscard]] double top_of_scale(const Results& results, const std::vector<Extent>& extents);

// The variants of a workload without the A/A control and those in their own spelling, which would
// lie on others and are figures of the tables.
[[nodiscard]] std::vector<std::string> drawn_variants(const Results& results,
                                                      const std::string& workload);

// A drawing with its caption.
[[nodiscard]] std::string figure(const std::string& caption, const std::string& drawing);

}  // namespace twofold::compare
