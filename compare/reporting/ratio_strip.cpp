// The strips of the verdict table; see plots.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reporting/format.hpp"
#include "reporting/plots.hpp"
#include "reporting/statistics.hpp"

namespace twofold::compare {
namespace {

constexpr double kChartWidth = 340;
constexpr double kRightMargin = 56;
constexpr double kRowHeight = 17;
constexpr double kPadding = 5;
constexpr double kHeaderHeight = 34;
// A ratio outside of this is drawn at the edge: one extreme must not hide all others.
constexpr double kWidestFactor = 100;

Axis axis_of(const RatioScale& scale) {
  return {Axis::Scale::kLogarithmic, scale.low, scale.high, scale.label_width,
          scale.label_width + kChartWidth};
}

double width_of(const RatioScale& scale) { return scale.label_width + kChartWidth + kRightMargin; }

// How many times the winner of that side is better.
std::string tick_text(double ratio) {
  return std::abs(ratio - 1) < 1e-9 ? "equal" : fmt::format("{:.3g}×", std::max(ratio, 1 / ratio));
}

void draw_grid(Drawing& drawing, const Axis& axis, double height) {
  const double band_left = axis.at(1 / (1 + kSmallestEffect));
  drawing.rectangle({band_left, 0}, axis.at(1 + kSmallestEffect) - band_left, height, "margin");
  for (const double tick : axis.ticks()) {
    const bool is_one = std::abs(tick - 1) < 1e-9;
    drawing.line({axis.at(tick), 0}, {axis.at(tick), height}, is_one ? "one" : "grid");
  }
}

struct Look {
  std::string css;
  Marker marker;
};

// The winner's own colour and marker where an effect is claimed.
Look look_of(const Results& results, const WorkloadFinding& finding, Verdict verdict) {
  if (verdict == Verdict::kFaster || verdict == Verdict::kSlower) {
    const VariantStyle style =
        style_of(results, verdict == Verdict::kFaster ? finding.pairing.contender
                                                      : finding.pairing.reference);
    return {style.css, style.marker};
  }
  return {"unclaimed", Marker::kCircle};
}

void draw_point(Drawing& drawing, const RatioScale& scale, const PointFinding& point, double y,
                const Look& look, const std::string& hover) {
  const Axis axis = axis_of(scale);
  const Estimate& r = point.cost_ratio;
  const double x = axis.at(r.value);
  const double left = axis.at(r.low);
  const double right = axis.at(r.high);
  drawing.line({left, y}, {right, y}, look.css + " whisker");
  drawing.marker({x, y}, look.marker, 4, look.css + " dot", hover);
  const bool is_claimed = point.verdict == Verdict::kFaster || point.verdict == Verdict::kSlower;
  if (!is_claimed) {
    return;
  }
  const bool is_off = !axis.contains(r.value);
  const std::string text =
      ratio_text(std::max(r.value, 1 / r.value)) + (is_off ? " (off the scale)" : "");
  // Outward of the whisker; inward where the edge is too near.
  const double room = is_off ? 130 : 48;
  const bool goes_left = r.value < 1 ? std::min(x, left) - scale.label_width > room
                                     : width_of(scale) - std::max(x, right) < room;
  if (goes_left) {
    drawing.text({std::min(x - 4, left) - 5, y + 4}, text, Anchor::kEnd, "value");
  } else {
    drawing.text({std::max(x + 4, right) + 5, y + 4}, text, Anchor::kStart, "value");
  }
}

std::string describe(const WorkloadFinding& finding) {
  std::string text;
  for (const PointFinding& point : finding.points) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", point.label,
                        point.has_figure
                            ? fmt::format("{} ({}), {}", ratio_text(point.cost_ratio.value),
                                          interval_text(point.cost_ratio),
                                          verdict_words(point.verdict, finding.metric))
                            : "no figure");
  }
  return text;
}

}  // namespace

RatioScale ratio_scale(const std::vector<WorkloadFinding>& findings) {
  constexpr double kPixelsPerCharacter = 6.4;
  constexpr double kWidestLabel = 280;
  double furthest = 2;
  std::size_t longest = 0;
  for (const WorkloadFinding& finding : findings) {
    for (const PointFinding& point : finding.points) {
      longest = std::max(longest, point.label.size());
      if (point.has_figure && point.cost_ratio.value > 0) {
        furthest = std::max({furthest, point.cost_ratio.value, 1 / point.cost_ratio.value});
      }
    }
  }
  // Symmetric, so that the middle is where nobody wins.
  const double edge = std::min(round_up(furthest * 1.15), kWidestFactor);
  const double label_width =
      std::min(kWidestLabel, static_cast<double>(longest) * kPixelsPerCharacter + 16);
  return {1 / edge, edge, label_width};
}

std::string strip_header(const Pairing& pairing, const RatioScale& scale) {
  const Axis axis = axis_of(scale);
  Drawing drawing(
      width_of(scale), kHeaderHeight, "Scale of the strips below",
      fmt::format("Cost of {} divided by that of {}, logarithmic. Left of 1: {} costs "
                  "less; right of 1: {} costs less.",
                  pairing.contender, pairing.reference, pairing.contender, pairing.reference));
  drawing.text({axis.at(1) - 10, 12}, "◂ " + pairing.contender + " better", Anchor::kEnd, "side");
  drawing.text({axis.at(1) + 10, 12}, pairing.reference + " better ▸", Anchor::kStart, "side");
  double last = -HUGE_VAL;
  for (const double tick : axis.ticks()) {
    constexpr double kRoom = 38;
    if (axis.at(tick) - last >= kRoom || std::abs(tick - 1) < 1e-9) {
      drawing.text({axis.at(tick), kHeaderHeight - 4}, tick_text(tick), Anchor::kMiddle, "tick");
      last = axis.at(tick);
    }
  }
  return drawing.finish();
}

std::string ratio_strip(const Results& results, const WorkloadFinding& finding,
                        const RatioScale& scale) {
  const Axis axis = axis_of(scale);
  const double height = 2 * kPadding + kRowHeight * static_cast<double>(std::max<std::size_t>(
                                                        1, finding.points.size()));
  Drawing drawing(width_of(scale), height,
                  fmt::format("{}: cost of {} divided by that of {}", finding.workload,
                              finding.pairing.contender, finding.pairing.reference),
                  describe(finding));
  draw_grid(drawing, axis, height);
  double y = finding.points.size() > 1 ? kPadding + kRowHeight / 2 : height / 2;
  for (const PointFinding& point : finding.points) {
    drawing.text({scale.label_width - 12, y + 4}, point.label, Anchor::kEnd, "point");
    if (point.has_figure) {
      const std::string hover =
          fmt::format("{}, {}: {} ({})", finding.workload, point.label,
                      ratio_text(point.cost_ratio.value), interval_text(point.cost_ratio));
      draw_point(drawing, scale, point, y, look_of(results, finding, point.verdict), hover);
    } else {
      drawing.text({axis.at(1) + 8, y + 4}, "no figure", Anchor::kStart, "unclaimed-text");
    }
    y += kRowHeight;
  }
  return drawing.finish();
}

}  // namespace twofold::compare
