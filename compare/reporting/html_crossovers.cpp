#include "reporting/html_crossovers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reporting/cost_model.hpp"
#include "reporting/findings.hpp"
#include "reporting/format.hpp"
#include "reporting/plot_parts.hpp"
#include "reporting/plots.hpp"
#include "reporting/svg.hpp"

namespace twofold::compare {
namespace {

constexpr double kWidth = 880;
constexpr double kHeight = 300;
constexpr double kLeft = 70;
constexpr double kRight = 176;
constexpr double kTop = 18;
constexpr double kBottom = 50;

// One question: which parameter is swept, over what, and whether time or memory is asked for.
struct Sweep {
  std::string parameter;
  std::string title;
  double low;
  double high;
  bool of_memory;
};

const std::vector<Sweep>& sweeps() {
  static const std::vector<Sweep> all = {{"depth", "depth of calls", 1, 64, false},
                                         {"tasks", "number of tasks", 10, 20'000, false},
                                         {"live_bytes", "bytes held", 64, 8'192, false},
                                         {"io_share", "share of waits with I/O", 0, 1, false},
                                         {"depth", "depth of calls", 1, 64, true},
                                         {"live_bytes", "bytes held", 64, 8'192, true}};
  return all;
}

// What is not swept.
constexpr Work kTypical{.tasks = 1'000, .depth = 4, .live_bytes = 64, .io_share = 0};

struct Models {
  CostModel first;
  CostModel second;
};

std::optional<Models> models_of(const Results& results) {
  for (const Pairing& pairing : pairings(results)) {
    auto first = CostModel::fit(results, pairing.reference);
    auto second = CostModel::fit(results, pairing.contender);
    if (first && second) {
      return Models{*std::move(first), *std::move(second)};
    }
  }
  return std::nullopt;
}

double value_at(const CostModel& model, const Sweep& sweep, double at) {
  Work work = kTypical;
  set_parameter(work, sweep.parameter, at);
  return sweep.of_memory ? model.bytes_per_task(work) : model.ns_per_request(work);
}

std::string place(const Sweep& sweep, double at) {
  return sweep.parameter == "io_share" ? fmt::format("{:.0f} %", at * 100)
                                       : grouped(static_cast<std::int64_t>(std::llround(at)));
}

std::string sentence(const Models& models, const Sweep& sweep) {
  const std::string what = sweep.of_memory ? "Memory" : "CPU";
  const auto ratio = [&](double at) {
    return value_at(models.first, sweep, at) / value_at(models.second, sweep, at);
  };
  const double low = ratio(sweep.low);
  const double high = ratio(sweep.high);
  const auto error = [&](const CostModel& model) {
    return sweep.of_memory ? model.memory().typical_error : model.time().typical_error;
  };
  const double doubt = std::log1p(std::hypot(error(models.first), error(models.second)));
  if (std::max(std::abs(std::log(low)), std::abs(std::log(high))) < doubt) {
    return fmt::format("{} over {}: no difference that the model can tell", what, sweep.title);
  }
  const auto crossing = find_crossover(models.first, models.second, kTypical, sweep.parameter,
                                       sweep.low, sweep.high, sweep.of_memory);
  if (crossing) {
    return fmt::format("{} over {}: {} costs less up to {}, {} from there on", what, sweep.title,
                       crossing->cheaper_below, place(sweep, crossing->at),
                       crossing->cheaper_above);
  }
  const bool first_is_cheaper = low < 1;
  const auto times = [](double r) { return ratio_text(std::max(r, 1 / r)); };
  return fmt::format("{} over {}: {} costs less throughout, {} at {} and {} at {}", what,
                     sweep.title,
                     first_is_cheaper ? models.first.variant() : models.second.variant(),
                     times(low), place(sweep, sweep.low), times(high), place(sweep, sweep.high));
}

std::vector<double> steps(const Sweep& sweep) {
  constexpr int kSteps = 48;
  std::vector<double> values;
  for (int i = 0; i <= kSteps; ++i) {
    const double share = static_cast<double>(i) / kSteps;
    values.push_back(sweep.low > 0 ? sweep.low * std::pow(sweep.high / sweep.low, share)
                                   : sweep.low + share * (sweep.high - sweep.low));
  }
  return values;
}

void draw_model(Drawing& drawing, const Axis& x, const Axis& y, const CostModel& model,
                const Sweep& sweep, const VariantStyle& style) {
  const double error = sweep.of_memory ? model.memory().typical_error : model.time().typical_error;
  std::vector<Pixel> line;
  std::vector<Pixel> outline;
  const std::vector<double> places = steps(sweep);
  for (const double at : places) {
    const double value = value_at(model, sweep, at);
    line.push_back({x.at(at), y.at(value)});
    outline.push_back({x.at(at), y.at(value * (1 + error))});
  }
  for (auto at = places.rbegin(); at != places.rend(); ++at) {
    outline.push_back({x.at(*at), y.at(value_at(model, sweep, *at) * (1 - error))});
  }
  drawing.polygon(outline, style.css + " band");
  drawing.polyline(line, style.css + " curve");
}

// The points that were measured with all else as in the plot.
void draw_measured(Drawing& drawing, const Axis& x, const Axis& y, const CostModel& model,
                   const Sweep& sweep, const VariantStyle& style) {
  if (sweep.of_memory) {
    return;
  }
  for (const MeasuredWork& point : model.measured_times()) {
    Work like = kTypical;
    double at = 0;
    for (const auto& [name, value] : {std::pair<std::string, double>{"depth", point.work.depth},
                                      {"tasks", point.work.tasks},
                                      {"live_bytes", point.work.live_bytes},
                                      {"io_share", point.work.io_share}}) {
      if (name == sweep.parameter) {
        at = value;
        set_parameter(like, name, value);
      }
    }
    const bool is_alike = like.depth == point.work.depth && like.tasks == point.work.tasks &&
                          like.live_bytes == point.work.live_bytes &&
                          like.io_share == point.work.io_share;
    if (is_alike && y.contains(point.value) && at >= sweep.low && at <= sweep.high) {
      drawing.marker({x.at(at), y.at(point.value)}, style.marker, 4, style.css + " dot",
                     fmt::format("{}, measured: {:.0f} ns", model.variant(), point.value));
    }
  }
}

std::string plot(const Results& results, const Models& models, const Sweep& sweep) {
  double top = 0;
  for (const CostModel* model : {&models.first, &models.second}) {
    for (const double at : steps(sweep)) {
      top = std::max(top, value_at(*model, sweep, at) * 1.1);
    }
    for (const MeasuredWork& point : model->measured_times()) {
      const bool is_near = point.work.tasks == kTypical.tasks && !sweep.of_memory;
      top = is_near && sweep.parameter == "depth" ? std::max(top, point.value) : top;
    }
  }
  const Axis x(sweep.low > 0 ? Axis::Scale::kLogarithmic : Axis::Scale::kLinear, sweep.low,
               sweep.high, kLeft, kWidth - kRight);
  const Axis y(Axis::Scale::kLinear, 0, scale_end(top), kHeight - kBottom, kTop);
  const std::string metric = sweep.of_memory ? "bytes_per_task" : "ns_per_op";
  const std::string what = sentence(models, sweep);
  const std::string title = fmt::format(
      "{} over {}", sweep.of_memory ? "Memory of a task" : "Time of a wait", sweep.title);
  Drawing drawing(kWidth, kHeight, title, what + ".");
  for (const double tick : y.ticks()) {
    drawing.line({kLeft, y.at(tick)}, {kWidth - kRight, y.at(tick)}, tick == 0 ? "base" : "grid");
    drawing.text({kLeft - 8, y.at(tick) + 4}, tick_text(metric, tick), Anchor::kEnd, "tick");
  }
  for (const double tick : x.ticks()) {
    drawing.line({x.at(tick), kHeight - kBottom}, {x.at(tick), kHeight - kBottom + 5}, "base");
    drawing.text({x.at(tick), kHeight - kBottom + 20}, place(sweep, tick), Anchor::kMiddle, "tick");
  }
  drawing.text({(kLeft + kWidth - kRight) / 2, kHeight - 8}, sweep.title, Anchor::kMiddle, "axis");
  double last_name = -HUGE_VAL;
  for (const CostModel* model : {&models.second, &models.first}) {
    const VariantStyle style = style_of(results, model->variant());
    draw_model(drawing, x, y, *model, sweep, style);
    draw_measured(drawing, x, y, *model, sweep, style);
    constexpr double kLineHeight = 16;
    double name_y = y.at(value_at(*model, sweep, sweep.high));
    if (std::abs(name_y - last_name) < kLineHeight) {
      name_y = name_y <= last_name ? last_name - kLineHeight : last_name + kLineHeight;
    }
    last_name = name_y;
    drawing.marker({kWidth - kRight + 14, name_y}, style.marker, 4, style.css + " dot",
                   model->variant());
    drawing.text({kWidth - kRight + 24, name_y + 4}, model->variant(), Anchor::kStart,
                 style.css + " name");
  }
  if (const auto crossing = find_crossover(models.first, models.second, kTypical, sweep.parameter,
                                           sweep.low, sweep.high, sweep.of_memory)) {
    drawing.line({x.at(crossing->at), kTop}, {x.at(crossing->at), kHeight - kBottom}, "one");
    drawing.text({x.at(crossing->at), kTop - 4}, place(sweep, crossing->at), Anchor::kMiddle,
                 "value");
  }
  return figure(what, drawing.finish());
}

std::string formula_table(const Models& models) {
  std::string rows;
  const auto add = [&](const std::string& what, const std::string& a, const std::string& b) {
    rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>", what, a, b);
  };
  const auto add_terms = [&](const std::string& unit, const std::vector<Term>& first,
                             const std::vector<Term>& second) {
    for (std::size_t i = 0; i < first.size(); ++i) {
      add(unit + " " + first[i].name, short_number(first[i].coefficient),
          short_number(second[i].coefficient));
    }
  };
  const auto error = [](const Formula& formula) {
    return fmt::format("{:.0f} % typical, {:.0f} % at worst", formula.typical_error * 100,
                       formula.worst_error * 100);
  };
  add_terms("ns", models.first.time_terms(kTypical), models.second.time_terms(kTypical));
  add("error of the time", error(models.first.time()), error(models.second.time()));
  add_terms("bytes", models.first.memory_terms(kTypical), models.second.memory_terms(kTypical));
  add("error of the memory", error(models.first.memory()), error(models.second.memory()));
  return fmt::format(
      "<details><summary>The fitted formulas</summary><div class=\"wide\"><table><thead><tr>"
      "<th scope=\"col\">Term</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>"
      "<tbody>{}</tbody></table></div><p class=\"small soft\">The error is that of predicting each "
      "measured point from all others.</p></details>",
      escape_html(models.first.variant()), escape_html(models.second.variant()), rows);
}

}  // namespace

std::vector<std::string> crossover_sentences(const Results& results) {
  const std::optional<Models> models = models_of(results);
  std::vector<std::string> sentences;
  if (models) {
    for (const Sweep& sweep : sweeps()) {
      sentences.push_back(sentence(*models, sweep));
    }
  }
  return sentences;
}

std::string html_crossovers(const Results& results) {
  const std::optional<Models> models = models_of(results);
  if (!models) {
    return "";
  }
  std::string html =
      "<section id=\"crossovers\"><h2>Which costs less, for your work?</h2><p class=\"soft\">A "
      "cost "
      "model, fitted to the workload request_mix: tasks that wait so many calls deep, holding so "
      "much. What is not swept is 1,000 tasks, depth 4, 64 bytes held, no I/O. Bands show the "
      "model's typical error; markers were measured.</p><p>Your own numbers: "
      "<code>./compare/advise "
      "--tasks 100000 --depth 12 --live-bytes 2048 --awaits-per-second 5000</code></p>";
  for (const Sweep& sweep : sweeps()) {
    html += plot(results, *models, sweep);
  }
  return html + formula_table(*models) + "</section>";
}

}  // namespace twofold::compare
