// Curves over a swept parameter, and what all plots share; see plots.hpp.
#include "reporting/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "reporting/format.hpp"
#include "reporting/plot_parts.hpp"

namespace twofold::compare {
namespace {

constexpr double kWidth = 880;
constexpr double kHeight = 330;
constexpr double kLeft = 70;
constexpr double kRight = 176;
constexpr double kTop = 18;
constexpr double kBottom = 50;

struct CurvePoint {
  double x;
  Estimate y;
  std::size_t samples;
};
struct Curve {
  std::string variant;
  std::vector<CurvePoint> points;
};

std::vector<Curve> curves_of(const Results& results, const WorkloadNote& workload,
                             const std::string& metric, const std::vector<PointKey>& points) {
  std::vector<Curve> curves;
  for (const std::string& variant : drawn_variants(results, workload.name)) {
    Curve curve{variant, {}};
    for (const PointKey& point : points) {
      if (const SummaryRow* row = find_summary(results, point, variant, metric)) {
        const auto x = static_cast<double>(param_of(point, workload.axis));
        curve.points.push_back({x, row->median, row->n});
      }
    }
    std::sort(curve.points.begin(), curve.points.end(),
              [](const CurvePoint& a, const CurvePoint& b) { return a.x < b.x; });
    if (!curve.points.empty()) {
      curves.push_back(std::move(curve));
    }
  }
  return curves;
}

Axis x_axis(const WorkloadNote& workload, const std::vector<PointKey>& points) {
  double low = HUGE_VAL;
  double high = 0;
  for (const PointKey& point : points) {
    const auto x = static_cast<double>(param_of(point, workload.axis));
    low = std::min(low, x);
    high = std::max(high, x);
  }
  constexpr double kSpansDecades = 20;
  const bool is_log = low > 0 && high / low >= kSpansDecades;
  return {is_log ? Axis::Scale::kLogarithmic : Axis::Scale::kLinear, is_log ? low : 0, high, kLeft,
          kWidth - kRight};
}

void draw_frame(Drawing& drawing, const Axis& x, const Axis& y, const WorkloadNote& workload,
                const std::string& metric, const std::vector<PointKey>& points) {
  for (const double tick : y.ticks()) {
    drawing.line({kLeft, y.at(tick)}, {kWidth - kRight, y.at(tick)}, tick == 0 ? "base" : "grid");
    drawing.text({kLeft - 8, y.at(tick) + 4}, tick_text(metric, tick), Anchor::kEnd, "tick");
  }
  std::vector<double> swept;
  for (const PointKey& point : points) {
    swept.push_back(static_cast<double>(param_of(point, workload.axis)));
  }
  std::sort(swept.begin(), swept.end());
  double last = -HUGE_VAL;
  for (const double value : swept) {
    drawing.line({x.at(value), kHeight - kBottom}, {x.at(value), kHeight - kBottom + 5}, "base");
    constexpr double kRoom = 46;
    if (x.at(value) - last >= kRoom) {
      drawing.text({x.at(value), kHeight - kBottom + 20}, grouped(static_cast<std::int64_t>(value)),
                   Anchor::kMiddle, "tick");
      last = x.at(value);
    }
  }
  drawing.text({(kLeft + kWidth - kRight) / 2, kHeight - 8}, workload.axis, Anchor::kMiddle,
               "axis");
}

void draw_band(Drawing& drawing, const Axis& x, const Axis& y, const Curve& curve,
               const std::string& css) {
  std::vector<Pixel> outline;
  for (const CurvePoint& point : curve.points) {
    outline.push_back({x.at(point.x), y.at(point.y.high)});
  }
  for (auto point = curve.points.rbegin(); point != curve.points.rend(); ++point) {
    outline.push_back({x.at(point->x), y.at(point->y.low)});
  }
  drawing.polygon(outline, css + " band");
}

// Draws what lies within the scale, and returns where the curve's name belongs.
void draw_curve(Drawing& drawing, const Axis& x, const Axis& y, const Curve& curve,
                const VariantStyle& style, const std::string& metric) {
  std::vector<Pixel> line;
  for (const CurvePoint& point : curve.points) {
    line.push_back({x.at(point.x), y.at(point.y.value)});
  }
  draw_band(drawing, x, y, curve, style.css);
  drawing.polyline(line, style.css + " curve");
  for (std::size_t i = 0; i < line.size(); ++i) {
    const CurvePoint& point = curve.points[i];
    if (y.contains(point.y.value)) {
      drawing.marker(line[i], style.marker, 4, style.css + " dot",
                     fmt::format("{}: {} {}", curve.variant, quantity(metric, point.y.value),
                                 spread_text(point.y, point.samples)));
    } else {
      drawing.text({line[i].x, line[i].y - 4}, "▴", Anchor::kMiddle, style.css + " name");
    }
  }
}

// Names at the right ends of the curves, pushed apart so that none covers another.
void draw_names(Drawing& drawing, const Axis& y, const std::vector<Curve>& curves,
                const Results& results, const std::string& metric) {
  struct Name {
    double y;
    const Curve* curve;
  };
  std::vector<Name> names;
  for (const Curve& curve : curves) {
    names.push_back({y.at(curve.points.back().y.value), &curve});
  }
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.y < b.y; });
  constexpr double kLineHeight = 15;
  const double lowest = kHeight - kBottom;
  double next = kTop;
  for (Name& name : names) {
    name.y = std::max(name.y, next);
    next = name.y + kLineHeight;
  }
  double limit = lowest;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    name->y = std::min(name->y, limit);
    limit = name->y - kLineHeight;
  }
  for (const Name& name : names) {
    const VariantStyle style = style_of(results, name.curve->variant);
    const double value = name.curve->points.back().y.value;
    const bool is_off = !y.contains(value);
    const double x = kWidth - kRight + 14;
    drawing.marker({x, name.y}, style.marker, 4, style.css + " dot", name.curve->variant);
    drawing.text({x + 10, name.y + 4},
                 name.curve->variant + (is_off ? " ▴ " + quantity(metric, value) : ""),
                 Anchor::kStart, style.css + " name");
  }
}

std::string describe(const std::vector<Curve>& curves, const WorkloadNote& workload,
                     const std::string& metric) {
  std::string text = metric_note(metric).title + " over " + workload.axis + ". ";
  for (const Curve& curve : curves) {
    text += curve.variant + ":";
    for (const CurvePoint& point : curve.points) {
      text += fmt::format(" {} at {},", quantity(metric, point.y.value),
                          grouped(static_cast<std::int64_t>(point.x)));
    }
    text.back() = '.';
    text += ' ';
  }
  return text;
}

std::string sweep_plot(const Results& results, const WorkloadNote& workload,
                       const std::string& metric, const std::string& series,
                       const std::vector<PointKey>& points) {
  const std::vector<Curve> curves = curves_of(results, workload, metric, points);
  if (curves.empty()) {
    return "";
  }
  std::vector<Extent> extents;
  for (const Curve& curve : curves) {
    Extent extent{curve.variant, 0, 0};
    for (const CurvePoint& point : curve.points) {
      extent.value = std::max(extent.value, point.y.value);
      extent.high = std::max(extent.high, point.y.high);
    }
    extents.push_back(extent);
  }
  const Axis x = x_axis(workload, points);
  const Axis y(Axis::Scale::kLinear, 0, top_of_scale(results, extents), kHeight - kBottom, kTop);
  const std::string title =
      workload.name + (series.empty() ? "" : ", " + series) + ": " + metric_note(metric).title;
  Drawing drawing(kWidth, kHeight, title, describe(curves, workload, metric));
  draw_frame(drawing, x, y, workload, metric, points);
  // The runtimes last, so that nothing covers them.
  for (auto curve = curves.rbegin(); curve != curves.rend(); ++curve) {
    draw_curve(drawing, x, y, *curve, style_of(results, curve->variant), metric);
  }
  draw_names(drawing, y, curves, results, metric);
  return figure(title, drawing.finish());
}

}  // namespace

VariantStyle style_of(const Results& results, const std::string& variant) {
  constexpr std::array kMarkers = {Marker::kCircle,  Marker::kSquare, Marker::kTriangle,
                                   Marker::kDiamond, Marker::kCross,  Marker::kPlus};
  constexpr std::size_t kColours = 10;
  std::size_t slot = 0;
  for (const VariantNote& note : results.variants) {
    if (note.name == variant) {
      break;
    }
    slot += note.kind == "control" ? 0 : 1;
  }
  return {fmt::format("s{}", slot % kColours), kMarkers[slot % kMarkers.size()]};
}

std::vector<std::string> drawn_variants(const Results& results, const std::string& workload) {
  std::vector<std::string> names = variants_of(results, workload);
  std::erase_if(names, [&](const std::string& name) {
    return name == control_name(results.reference) || name.ends_with("-native");
  });
  return names;
}

double top_of_scale(const Results& results, const std::vector<Extent>& extents) {
  // What the report is about must be readable: the runtimes always fit, others up to a few times
  // their height.
  constexpr double kRoomForOthers = 2;
  double runtimes = 0;
  double all = 0;
  for (const Extent& extent : extents) {
    all = std::max(all, extent.high);
    const bool is_runtime =
        std::any_of(results.variants.begin(), results.variants.end(), [&](const VariantNote& note) {
          return note.name == extent.variant && note.kind == "runtime";
        });
    runtimes = is_runtime ? std::max(runtimes, extent.high) : runtimes;
  }
  double top = runtimes > 0 ? runtimes : all;
  for (const Extent& extent : extents) {
    if (extent.value <= runtimes * kRoomForOthers) {
      top = std::max(top, extent.high);
    }
  }
  return scale_end(top * 1.02);
}

std::string figure(const std::string& caption, const std::string& drawing) {
  return "<figure>" + drawing + "<figcaption>" + escape_html(caption) + "</figcaption></figure>\n";
}

std::vector<std::string> sweep_plots(const Results& results, const WorkloadNote& workload,
                                     const std::string& metric) {
  std::vector<std::string> plots;
  for (const auto& [series, points] : panels_of(results, workload)) {
    if (points.size() > 1) {
      if (std::string plot = sweep_plot(results, workload, metric, series, points); !plot.empty()) {
        plots.push_back(std::move(plot));
      }
    }
  }
  return plots;
}

std::vector<Panel> panels_of(const Results& results, const WorkloadNote& workload) {
  const PointLabels labels(workload, has_several_workers(results, workload.name));
  std::vector<Panel> panels;
  for (const PointKey& point : points_of(results, workload)) {
    const std::string series = workload.axis.empty() ? labels.label(point) : labels.series(point);
    auto panel = std::find_if(panels.begin(), panels.end(),
                              [&](const Panel& known) { return known.series == series; });
    if (panel == panels.end()) {
      panel = panels.insert(panels.end(), Panel{series, {}});
    }
    panel->points.push_back(point);
  }
  return panels;
}

}  // namespace twofold::compare
