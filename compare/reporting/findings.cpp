#include "reporting/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reporting/format.hpp"

namespace twofold::compare {
namespace {

// How many times better, from a cost ratio on either side of 1.
double factor(double ratio) { return std::max(ratio, 1 / ratio); }

// "by 1.31×" or "by 1.2× to 2.4×" over the points with this verdict.
std::string amount(const std::vector<PointFinding>& points, Verdict verdict) {
  double least = HUGE_VAL;
  double most = 0;
  for (const PointFinding& point : points) {
    if (point.verdict == verdict && point.has_figure) {
      least = std::min(least, factor(point.cost_ratio.value));
      most = std::max(most, factor(point.cost_ratio.value));
    }
  }
  const std::string low = ratio_text(least);
  const std::string high = ratio_text(most);
  return low == high ? "by " + high : "by " + low + " to " + high;
}

// Where a verdict holds, by the axis alone when that says it: "from depth 100 on", "at tasks 1";
// otherwise by naming the points or counting them. Empty when it holds everywhere.
std::string where(const WorkloadFinding& finding, Verdict verdict) {
  std::set<std::int64_t> with;
  std::set<std::int64_t> without;
  std::vector<std::string> labels;
  for (const PointFinding& point : finding.points) {
    const bool holds = point.has_figure && point.verdict == verdict;
    (holds ? with : without).insert(point.axis_value);
    if (holds) {
      labels.push_back(point.label);
    }
  }
  if (labels.size() == finding.points.size()) {
    return "";
  }
  const bool is_clear_cut =
      !finding.axis.empty() && std::none_of(with.begin(), with.end(), [&](std::int64_t value) {
        return without.contains(value);
      });
  if (is_clear_cut && with.size() == 1) {
    return fmt::format("at {} {}", finding.axis, grouped(*with.begin()));
  }
  if (is_clear_cut && *with.begin() > *without.rbegin()) {
    return fmt::format("from {} {} on", finding.axis, grouped(*with.begin()));
  }
  if (is_clear_cut && *with.rbegin() < *without.begin()) {
    return fmt::format("up to {} {}", finding.axis, grouped(*with.rbegin()));
  }
  return labels.size() == 1
             ? "at " + labels.front()
             : fmt::format("at {} of {} points", labels.size(), finding.points.size());
}

int count_of(const std::vector<PointFinding>& points, Verdict verdict) {
  return static_cast<int>(std::count_if(
      points.begin(), points.end(),
      [&](const PointFinding& point) { return point.has_figure && point.verdict == verdict; }));
}

std::string winner_sentence(const WorkloadFinding& finding, const std::string& winner,
                            Verdict verdict) {
  const std::string place = where(finding, verdict);
  return fmt::format("{} is {}{}{}, {}{}", winner, better_word(finding.metric),
                     place.empty() ? "" : " ", place, amount(finding.points, verdict),
                     place.empty() ? "" : "; nothing is claimed elsewhere");
}

std::string depends_sentence(const WorkloadFinding& finding) {
  const auto half = [&](const std::string& winner, Verdict verdict) {
    return fmt::format("{} is {} {}, {}", winner, better_word(finding.metric),
                       where(finding, verdict), amount(finding.points, verdict));
  };
  return "it depends: " + half(finding.pairing.reference, Verdict::kSlower) + "; " +
         half(finding.pairing.contender, Verdict::kFaster);
}

// Says who of the two has figures, where one has.
std::string no_figures_sentence(const Results& results, const WorkloadNote& workload,
                                const Pairing& pairing) {
  const auto has_figures = [&](const std::string& variant) {
    return std::any_of(results.summary.begin(), results.summary.end(), [&](const SummaryRow& row) {
      return row.point.workload == workload.name && row.variant == variant;
    });
  };
  for (const auto& [able, unable] : {std::pair(pairing.contender, pairing.reference),
                                     std::pair(pairing.reference, pairing.contender)}) {
    if (has_figures(able) && !has_figures(unable)) {
      return fmt::format("{} alone has figures: {} cannot run it or failed", able, unable);
    }
  }
  return "no figures to compare";
}

void conclude(WorkloadFinding& finding) {
  const int faster = count_of(finding.points, Verdict::kFaster);
  const int slower = count_of(finding.points, Verdict::kSlower);
  const int same = count_of(finding.points, Verdict::kNoDifference);
  const int noisy = count_of(finding.points, Verdict::kNoiseLimited);
  if (faster + slower + same + noisy == 0) {
    finding.outcome = Outcome::kNoFigures;
    finding.sentence = "no figures to compare";
  } else if (faster > 0 && slower > 0) {
    finding.outcome = Outcome::kDepends;
    finding.sentence = depends_sentence(finding);
  } else if (faster > 0) {
    finding.outcome = Outcome::kContender;
    finding.sentence = winner_sentence(finding, finding.pairing.contender, Verdict::kFaster);
  } else if (slower > 0) {
    finding.outcome = Outcome::kReference;
    finding.sentence = winner_sentence(finding, finding.pairing.reference, Verdict::kSlower);
  } else if (same > noisy) {
    finding.outcome = Outcome::kNoDifference;
    finding.sentence = noisy == 0 ? "no difference"
                                  : fmt::format("no difference; noise-limited at {} of {} points",
                                                noisy, finding.points.size());
  } else {
    finding.outcome = Outcome::kNoiseLimited;
    finding.sentence = "nothing claimed: the noise is larger than any difference";
  }
}

// The largest ratio that the winner of a workload is claimed to win by; 1 when nobody wins.
double largest_factor(const WorkloadFinding& finding) {
  const bool has_winner =
      finding.outcome == Outcome::kContender || finding.outcome == Outcome::kReference;
  double most = 1;
  for (const PointFinding& point : finding.points) {
    const bool is_claim = point.has_figure &&
                          (point.verdict == Verdict::kFaster || point.verdict == Verdict::kSlower);
    most = has_winner && is_claim ? std::max(most, factor(point.cost_ratio.value)) : most;
  }
  return most;
}

// "yield", "yield and echo", "yield, echo and sleepers".
std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return text;
}

}  // namespace

std::vector<Pairing> pairings(const Results& results) {
  std::set<std::string> suffixes;
  std::vector<Pairing> pairs;
  const auto was_measured = [&](const std::string& name) {
    return std::any_of(results.samples.begin(), results.samples.end(),
                       [&](const Sample& sample) { return sample.variant == name; });
  };
  for (const VariantNote& note : results.variants) {
    const std::string suffix = compiler_suffix(note.name);
    const std::string reference = reference_for(results, note.name);
    const bool is_same_compiler = compiler_suffix(reference) == suffix;
    if (note.name == reference || note.kind != "runtime" || !is_same_compiler ||
        suffixes.contains(suffix) || !was_measured(note.name) || !was_measured(reference)) {
      continue;
    }
    pairs.push_back({reference, note.name});
    suffixes.insert(suffix);
  }
  return pairs;
}

Estimate cost_ratio(const RatioRow& row) {
  const Estimate& r = row.ratio;
  return more_is_better(row.metric) ? Estimate{1 / r.value, 1 / r.high, 1 / r.low} : r;
}

bool can_claim(const Results& results, const std::string& workload) {
  constexpr std::size_t kFewest = 4;  // a side, as significance_level() has it
  return std::any_of(results.summary.begin(), results.summary.end(), [&](const SummaryRow& row) {
    return row.n >= kFewest && (workload.empty() || row.point.workload == workload);
  });
}

WorkloadFinding judge_workload(const Results& results, const WorkloadNote& workload,
                               const Pairing& pairing) {
  WorkloadFinding finding{.workload = workload.name,
                          .metric = workload.metric,
                          .axis = workload.axis,
                          .pairing = pairing};
  const PointLabels labels(workload, has_several_workers(results, workload.name));
  for (const PointKey& point : points_of(results, workload)) {
    PointFinding at{
        .point = point, .label = labels.label(point), .axis_value = param_of(point, workload.axis)};
    if (const RatioRow* row = find_ratio(results, point, pairing.contender, workload.metric);
        row != nullptr && row->reference == pairing.reference) {
      at.has_figure = std::isfinite(row->ratio.value);
      at.cost_ratio = cost_ratio(*row);
      at.verdict = row->verdict;
    }
    finding.points.push_back(std::move(at));
  }
  conclude(finding);
  if (finding.outcome == Outcome::kNoiseLimited && !can_claim(results, workload.name)) {
    finding.sentence = "nothing claimed: too few samples";
  } else if (finding.outcome == Outcome::kNoFigures) {
    finding.sentence = no_figures_sentence(results, workload, pairing);
  }
  return finding;
}

std::vector<WorkloadFinding> judge_all(const Results& results, const Pairing& pairing) {
  std::vector<WorkloadFinding> findings;
  for (const WorkloadNote& workload : results.workloads) {
    findings.push_back(judge_workload(results, workload, pairing));
  }
  return findings;
}

std::string slope_sentence(const Results& results, const WorkloadNote& workload) {
  constexpr std::size_t kFewestSizes = 5;
  if (workload.metric + "s" != "bytes_per_" + workload.axis) {
    return "";
  }
  std::string slopes;
  for (const std::string& variant : variants_of(results, workload.name)) {
    std::vector<std::pair<double, double>> sizes;  // how many, and their bytes in all
    for (const PointKey& point : points_of(results, workload)) {
      if (const SummaryRow* row = find_summary(results, point, variant, workload.metric)) {
        const auto count = static_cast<double>(param_of(point, workload.axis));
        sizes.emplace_back(count, count * row->median.value);
      }
    }
    std::vector<double> between;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      for (std::size_t j = i + 1; j < sizes.size(); ++j) {
        if (sizes[i].first != sizes[j].first) {
          between.push_back((sizes[j].second - sizes[i].second) /
                            (sizes[j].first - sizes[i].first));
        }
      }
    }
    if (sizes.size() >= kFewestSizes && !between.empty()) {
      slopes += fmt::format("{}{} {}", slopes.empty() ? "" : ", ", variant,
                            quantity(workload.metric, median(between)));
    }
  }
  return slopes.empty() ? ""
                        : fmt::format("One more of the {} takes, by the slope over all sizes: {}",
                                      workload.axis, slopes);
}

std::string headline(const std::vector<WorkloadFinding>& findings) {
  if (findings.empty()) {
    return "No two variants were compared.";
  }
  std::map<Outcome, std::vector<std::string>> by_outcome;
  // Who wins most stands first; the others keep their order.
  std::vector<WorkloadFinding> ordered = findings;
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const WorkloadFinding& a, const WorkloadFinding& b) {
                     return largest_factor(a) > largest_factor(b);
                   });
  for (const WorkloadFinding& finding : ordered) {
    const double most = largest_factor(finding);
    by_outcome[finding.outcome].push_back(finding.workload +
                                          (most > 1 ? " (" + ratio_text(most) + ")" : ""));
  }
  const Pairing& pair = findings.front().pairing;
  std::string text;
  const auto say = [&](Outcome outcome, const std::string& what, const std::string& ending) {
    if (const auto found = by_outcome.find(outcome); found != by_outcome.end()) {
      text += (text.empty() ? "" : " ") + what + list_of(found->second) + ending + ".";
    }
  };
  say(Outcome::kContender, "Won by " + pair.contender + ": ", "");
  say(Outcome::kReference, "Won by " + pair.reference + ": ", "");
  say(Outcome::kDepends, "It depends on the size in ", "");
  say(Outcome::kNoDifference, "No difference in ", "");
  say(Outcome::kNoiseLimited, "Too noisy to tell in ", "");
  say(Outcome::kNoFigures, "No figures for ", "");
  return text;
}

std::string claim_text(const RatioRow& row) {
  const bool is_claim = row.verdict == Verdict::kFaster || row.verdict == Verdict::kSlower;
  return ratio_text(is_claim ? factor(row.ratio.value) : row.ratio.value) + " " +
         verdict_words(row.verdict, row.metric);
}

ControlFinding judge_control(const Results& results) {
  ControlFinding control;
  std::vector<double> spreads;
  for (const RatioRow& row : results.ratios) {
    if (row.variant == control_name(row.reference) && std::isfinite(row.ratio.value)) {
      ++control.comparisons;
      control.claims += row.verdict == Verdict::kFaster || row.verdict == Verdict::kSlower ? 1 : 0;
      spreads.push_back(row.ratio.value > 0 ? factor(row.ratio.value) - 1 : 0);  // 0 has none
    }
  }
  if (control.comparisons == 0) {
    control.sentence = "No A/A control was measured, so small differences deserve no trust.";
    return control;
  }
  control.median_spread = median(spreads);
  control.largest_spread = *std::max_element(spreads.begin(), spreads.end());
  control.sentence = fmt::format(
      "The A/A control compared {} with itself {} times and claimed {}; its two passes differ by "
      "{:.1f} % in the median and {:.1f} % at most.",
      results.reference, control.comparisons,
      !can_claim(results, "") ? "nothing, which so few samples never would"
      : control.claims == 0   ? "nothing, as it should"
                              : fmt::format("{} effects, all of them false", control.claims),
      control.median_spread * 100, control.largest_spread * 100);
  return control;
}

std::vector<const BaselineRow*> regressions(const Results& results) {
  std::vector<const BaselineRow*> worse;
  for (const BaselineRow& row : results.baseline) {
    const WorkloadNote* workload = find_workload(results, row.point.workload);
    if (row.verdict == Verdict::kSlower && workload != nullptr && workload->metric == row.metric) {
      worse.push_back(&row);
    }
  }
  return worse;
}

const WorkloadNote* find_workload(const Results& results, const std::string& name) {
  for (const auto* list : {&results.workloads, &results.probes}) {
    const auto found = std::find_if(list->begin(), list->end(), [&](const WorkloadNote& workload) {
      return workload.name == name;
    });
    if (found != list->end()) {
      return &*found;
    }
  }
  return nullptr;
}

bool has_several_workers(const Results& results, const std::string& workload) {
  std::set<unsigned> workers;
  for (const Sample& sample : results.samples) {
    if (sample.point.workload == workload) {
      workers.insert(sample.point.workers);
    }
  }
  return workers.size() > 1 || (workers.size() == 1 && *workers.begin() != 1);
}

std::vector<std::string> variants_of(const Results& results, const std::string& workload) {
  std::set<std::string> measured;
  for (const Sample& sample : results.samples) {
    if (sample.point.workload == workload) {
      measured.insert(sample.variant);
    }
  }
  std::vector<std::string> names;
  for (const VariantNote& note : results.variants) {
    if (measured.contains(note.name)) {
      names.push_back(note.name);
    }
  }
  return names;
}

std::string command_line(const Results& results) {
  std::string text = "./compare/run";
  for (const Json& argument : results.context.value("arguments", Json::array())) {
    const std::string word = argument.get<std::string>();
    const bool is_plain = !word.empty() && word.find_first_not_of(
                                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
                                               "YZ0123456789-_=./,:@+") == std::string::npos;
    std::string quoted;
    for (const char c : word) {
      quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    text += ' ' + (is_plain ? word : '\'' + quoted + '\'');
  }
  return text;
}

std::string repeat_command(const Results& results, const std::string& workload) {
  std::string variants;
  for (const std::string& name : variants_of(results, workload)) {
    if (name != control_name(results.reference)) {
      variants += (variants.empty() ? "" : ",") + name;
    }
  }
  return fmt::format("./compare/run --{} --only '{}' --variants '{}' --seed {}",
                     results.context.value("size", "quick"), workload, variants, results.seed);
}

}  // namespace twofold::compare
