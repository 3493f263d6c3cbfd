// How figures and names are spelled in every form of the report.
//
// Used by all writers, so that the terminal, HTML and Markdown say the same of the same figure.
// Everything that came from a program or a name passes through one of the escapes here before it
// becomes markup.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/results.hpp"

namespace twofold::compare {

[[nodiscard]] std::string escape_html(std::string_view text);
// For a cell of a Markdown table: no markup, no pipe, no line break survives.
[[nodiscard]] std::string escape_markdown(std::string_view text);
// A field of RFC 4180, quoted when it must be.
[[nodiscard]] std::string csv_field(std::string_view text);
// On one line and without control characters: a terminal obeys those.
[[nodiscard]] std::string plain_line(std::string_view text);

// 100000 as "100,000".
[[nodiscard]] std::string grouped(std::int64_t value);
// Three significant digits, digits grouped from a thousand on.
[[nodiscard]] std::string short_number(double value);
// With its unit at a readable scale: "12.3 ns", "4.56 ms", "1,234 B". "-" when not finite.
[[nodiscard]] std::string quantity(const std::string& metric, double value);
// As `quantity`, for a round number: "50 ns", not "50.0 ns".
[[nodiscard]] std::string tick_text(const std::string& metric, double value);
// "1.52×".
[[nodiscard]] std::string ratio_text(double ratio);
// Half the width of the interval as a share of the value: "±2 %". Empty for a single sample.
[[nodiscard]] std::string spread_text(const Estimate& estimate, std::size_t samples);
// "0.81 to 0.84".
[[nodiscard]] std::string interval_text(const Estimate& ratio);

enum class MetricKind { kTime, kMemory, kRate, kCount };

struct MetricNote {
  std::string title;  // "time per operation"
  MetricKind kind;
  double scale;      // what a value is multiplied by to be in `unit`
  std::string unit;  // the unit that `quantity` starts from: "ns", "us", "B", "/s" or ""
};

// Also for metrics that are not known here: a count without a unit.
[[nodiscard]] MetricNote metric_note(const std::string& metric);

// The word for a better figure of this metric: "faster", "smaller", "lower".
[[nodiscard]] std::string better_word(const std::string& metric);

// A verdict in the words that fit its metric; for memory "smaller" and "larger".
[[nodiscard]] std::string verdict_words(Verdict verdict, const std::string& metric);

// Names the points of one workload by what tells them apart: its axis first, then as few other
// parameters as make each name its own. Parameters that only follow the axis are left out.
class PointLabels {
 public:
  PointLabels(const WorkloadNote& workload, bool show_workers);

  // "depth 1,000, suspend 1".
  [[nodiscard]] std::string label(const PointKey& point) const;
  // The label without its axis: what is constant along a curve. Empty when nothing is.
  [[nodiscard]] std::string series(const PointKey& point) const;
  // "tasks 1,000": the axis alone; empty without an axis.
  [[nodiscard]] std::string axis_label(const PointKey& point) const;
  // The parameters that `label` leaves out: "yields 500".
  [[nodiscard]] std::string rest(const PointKey& point) const;

 private:
  [[nodiscard]] std::string join(const PointKey& point, bool axis, bool chosen, bool others) const;

  std::string axis_;
  std::vector<std::string> names_;  // besides the axis
  bool show_workers_;
};

// The value of a parameter, or `fallback` when the point has none of that name.
[[nodiscard]] std::int64_t param_of(const PointKey& point, const std::string& name,
                                    std::int64_t fallback = 0);

}  // namespace twofold::compare
