// One line a variant: bars of a magnitude, and the ladder of latencies; see plots.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reporting/format.hpp"
#include "reporting/plot_parts.hpp"
#include "reporting/plots.hpp"

namespace twofold::compare {
namespace {

constexpr double kWidth = 880;
constexpr double kLeft = 150;
constexpr double kRight = 96;
constexpr double kTop = 8;
constexpr double kBottom = 34;
constexpr double kRowHeight = 24;

struct Bar {
  std::string variant;
  Estimate value;
};

std::vector<Bar> bars_of(const Results& results, const PointKey& point, const std::string& metric) {
  std::vector<Bar> bars;
  for (const std::string& variant : drawn_variants(results, point.workload)) {
    if (const SummaryRow* row = find_summary(results, point, variant, metric)) {
      bars.push_back({variant, row->median});
    }
  }
  return bars;
}

void draw_scale(Drawing& drawing, const Axis& axis, double height, const std::string& metric) {
  for (const double tick : axis.ticks()) {
    drawing.line({axis.at(tick), kTop}, {axis.at(tick), height - kBottom},
                 tick == 0 ? "base" : "grid");
    drawing.text({axis.at(tick), height - kBottom + 18}, tick_text(metric, tick), Anchor::kMiddle,
                 "tick");
  }
}

void draw_bar(Drawing& drawing, const Axis& axis, const Bar& bar, double y,
              const VariantStyle& style, const std::string& metric) {
  const double x = axis.at(bar.value.value);
  drawing.text({kLeft - 24, y + 4}, bar.variant, Anchor::kEnd, "row-name");
  drawing.marker({kLeft - 12, y}, style.marker, 4, style.css + " dot", bar.variant);
  drawing.rectangle({kLeft, y - 7}, x - kLeft, 14, style.css + " bar");
  drawing.line({axis.at(bar.value.low), y}, {axis.at(bar.value.high), y}, "interval");
  const bool is_off = !axis.contains(bar.value.value);
  drawing.text({std::max(x, axis.at(bar.value.high)) + 6, y + 4},
               (is_off ? "▸ " : "") + quantity(metric, bar.value.value), Anchor::kStart, "value");
}

std::string bar_plot(const Results& results, const WorkloadNote& workload,
                     const std::string& metric, const PointKey& point, const std::string& label) {
  const std::vector<Bar> bars = bars_of(results, point, metric);
  if (bars.empty()) {
    return "";
  }
  std::vector<Extent> extents;
  std::string description = "Medians: ";
  for (const Bar& bar : bars) {
    extents.push_back({bar.variant, bar.value.value, bar.value.high});
    description += bar.variant + " " + quantity(metric, bar.value.value) + "; ";
  }
  const double height = kTop + kBottom + kRowHeight * static_cast<double>(bars.size());
  const Axis axis(Axis::Scale::kLinear, 0, top_of_scale(results, extents), kLeft, kWidth - kRight);
  const std::string title = workload.name + ", " + label + ": " + metric_note(metric).title;
  Drawing drawing(kWidth, height, title, description);
  draw_scale(drawing, axis, height, metric);
  double y = kTop + kRowHeight / 2;
  for (const Bar& bar : bars) {
    draw_bar(drawing, axis, bar, y, style_of(results, bar.variant), metric);
    y += kRowHeight;
  }
  return figure(title, drawing.finish());
}

struct Percentile {
  const char* metric;
  const char* name;
  Marker marker;
};
constexpr std::array kPercentiles = {Percentile{"p50_us", "p50", Marker::kCircle},
                                     Percentile{"p99_us", "p99", Marker::kDiamond},
                                     Percentile{"p999_us", "p99.9", Marker::kSquare}};

struct Ladder {
  std::string variant;
  std::vector<double> values;  // in the order of kPercentiles
};

std::vector<Ladder> ladders_of(const Results& results, const PointKey& point) {
  std::vector<Ladder> ladders;
  for (const std::string& variant : drawn_variants(results, point.workload)) {
    Ladder ladder{variant, {}};
    for (const Percentile& percentile : kPercentiles) {
      const SummaryRow* row = find_summary(results, point, variant, percentile.metric);
      if (row != nullptr && row->median.value > 0) {
        ladder.values.push_back(row->median.value);
      }
    }
    if (ladder.values.size() == kPercentiles.size()) {
      ladders.push_back(std::move(ladder));
    }
  }
  return ladders;
}

Axis latency_axis(const std::vector<Ladder>& ladders) {
  double low = HUGE_VAL;
  double high = 0;
  for (const Ladder& ladder : ladders) {
    low = std::min(low, *std::min_element(ladder.values.begin(), ladder.values.end()));
    high = std::max(high, *std::max_element(ladder.values.begin(), ladder.values.end()));
  }
  constexpr double kRoom = 1.25;
  return {Axis::Scale::kLogarithmic, low / kRoom, high * kRoom, kLeft, kWidth - kRight};
}

void draw_ladder(Drawing& drawing, const Axis& axis, const Ladder& ladder, double y,
                 const VariantStyle& style) {
  drawing.text({kLeft - 24, y + 4}, ladder.variant, Anchor::kEnd, "row-name");
  drawing.marker({kLeft - 12, y}, style.marker, 4, style.css + " dot", ladder.variant);
  drawing.line({axis.at(ladder.values.front()), y}, {axis.at(ladder.values.back()), y},
               style.css + " rail");
  for (std::size_t i = 0; i < kPercentiles.size(); ++i) {
    drawing.marker({axis.at(ladder.values[i]), y}, kPercentiles[i].marker, 4.5, style.css + " dot",
                   fmt::format("{} {}: {}", ladder.variant, kPercentiles[i].name,
                               quantity(kPercentiles[i].metric, ladder.values[i])));
  }
  drawing.text({axis.at(ladder.values.back()) + 9, y + 4},
               quantity(kPercentiles.back().metric, ladder.values.back()), Anchor::kStart, "value");
}

std::string latency_plot(const Results& results, const WorkloadNote& workload,
                         const PointKey& point, const std::string& label) {
  const std::vector<Ladder> ladders = ladders_of(results, point);
  if (ladders.empty()) {
    return "";
  }
  const double height = kTop + kBottom + kRowHeight * static_cast<double>(ladders.size());
  const Axis axis = latency_axis(ladders);
  std::string description = "Logarithmic axis. ";
  for (const Ladder& ladder : ladders) {
    description += fmt::format(
        "{}: p50 {}, p99 {}, p99.9 {}. ", ladder.variant, quantity("p50_us", ladder.values[0]),
        quantity("p99_us", ladder.values[1]), quantity("p999_us", ladder.values[2]));
  }
  const bool is_open_loop = workload.load.find("open") != std::string::npos;
  const std::string title =
      fmt::format("{}, {}: latency p50 (●), p99 (◆), p99.9 (■); logarithmic, {} loop",
                  workload.name, label, is_open_loop ? "open" : "closed");
  Drawing drawing(kWidth, height, title, description);
  double last = -HUGE_VAL;
  for (const double tick : axis.ticks()) {
    drawing.line({axis.at(tick), kTop}, {axis.at(tick), height - kBottom}, "grid");
    constexpr double kRoom = 52;
    if (axis.at(tick) - last >= kRoom) {
      drawing.text({axis.at(tick), height - kBottom + 18}, tick_text("p50_us", tick),
                   Anchor::kMiddle, "tick");
      last = axis.at(tick);
    }
  }
  double y = kTop + kRowHeight / 2;
  for (const Ladder& ladder : ladders) {
    draw_ladder(drawing, axis, ladder, y, style_of(results, ladder.variant));
    y += kRowHeight;
  }
  return figure(title, drawing.finish());
}

}  // namespace

std::vector<std::string> bar_plots(const Results& results, const WorkloadNote& workload,
                                   const std::string& metric) {
  const PointLabels labels(workload, has_several_workers(results, workload.name));
  std::vector<std::string> plots;
  for (const Panel& panel : panels_of(results, workload)) {
    if (panel.points.size() == 1) {
      const PointKey& point = panel.points.front();
      if (std::string plot = bar_plot(results, workload, metric, point, labels.label(point));
          !plot.empty()) {
        plots.push_back(std::move(plot));
      }
    }
  }
  return plots;
}

std::vector<std::string> latency_plots(const Results& results, const WorkloadNote& workload) {
  const PointLabels labels(workload, has_several_workers(results, workload.name));
  std::vector<std::string> plots;
  for (const PointKey& point : points_of(results, workload)) {
    if (std::string plot = latency_plot(results, workload, point, labels.label(point));
        !plot.empty()) {
      plots.push_back(std::move(plot));
    }
  }
  return plots;
}

}  // namespace twofold::compare
