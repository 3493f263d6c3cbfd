#include "reporting/summary.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "reporting/format.hpp"

namespace twofold::compare {
namespace {

struct CellKey {
  PointKey point;
  std::string variant;
  std::string metric;
  auto operator<=>(const CellKey&) const = default;
};

struct Cell {
  std::string unit;
  std::vector<double> values;
};

using Cells = std::map<CellKey, Cell>;

// Each figure has its own stream of resamples that does not depend on which others there are:
// FNV-1a over its name.
std::uint64_t seed_for(const CellKey& key, std::uint64_t seed) {
  std::string text = key.point.workload + '|' + key.variant + '|' + key.metric + '|' +
                     std::to_string(key.point.workers);
  for (const auto& [name, value] : key.point.params) {
    text += '|' + name + '=' + std::to_string(value);
  }
  std::uint64_t hash = 14695981039346656037ULL ^ seed;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return hash;
}

bool is_ok(const Sample& sample) { return sample.status == "ok" && sample.value.has_value(); }

// Values of the cells that may be shown: none of a variant that failed once at that point.
Cells collect(const Results& results) {
  const std::set<PointKey> contradicted = points_with_different_answers(results);
  std::set<std::pair<PointKey, std::string>> failed;
  for (const Sample& sample : results.samples) {
    if (sample.status != "ok") {
      failed.emplace(sample.point, sample.variant);
    }
  }
  Cells cells;
  for (const Sample& sample : results.samples) {
    if (is_ok(sample) && sample.used && std::isfinite(*sample.value) &&
        !contradicted.contains(sample.point) && !failed.contains({sample.point, sample.variant})) {
      Cell& cell = cells[{sample.point, sample.variant, sample.metric}];
      cell.unit = sample.unit;
      cell.values.push_back(*sample.value);
    }
  }
  return cells;
}

Comparison compare(const Cell& cell, const Cell& reference, std::uint64_t seed) {
  Comparison comparison;
  comparison.ratio = ratio_estimate(cell.values, reference.values, seed);
  comparison.p = mann_whitney_p(cell.values, reference.values);
  comparison.level = significance_level(cell.values.size(), reference.values.size());
  comparison.is_apart = are_apart(cell.values, reference.values);
  return comparison;
}

// `judge` knows costs only.
Verdict judge_metric(const Comparison& comparison, const std::string& metric) {
  const Verdict verdict = judge(comparison);
  if (!more_is_better(metric)) {
    return verdict;
  }
  return verdict == Verdict::kFaster   ? Verdict::kSlower
         : verdict == Verdict::kSlower ? Verdict::kFaster
                                       : verdict;
}

double control_spread(const Cells& cells, const CellKey& key, const std::string& reference) {
  const auto a = cells.find({key.point, reference, key.metric});
  const auto b = cells.find({key.point, control_name(reference), key.metric});
  if (a == cells.end() || b == cells.end()) {
    return 0;
  }
  const double ratio = median(b->second.values) / median(a->second.values);
  return std::exp(std::abs(std::log(ratio))) - 1;
}

RatioRow ratio_row(const Cells& cells, const CellKey& key, const Cell& cell,
                   const std::string& reference_name, const Cell& reference,
                   const Results& results) {
  Comparison comparison = compare(cell, reference, seed_for(key, results.seed + 1));
  // The control does not excuse itself: its own row is judged by the other two bounds.
  if (key.variant != control_name(results.reference)) {
    comparison.control_spread = control_spread(cells, key, results.reference);
  }
  return {key.point,
          key.variant,
          key.metric,
          reference_name,
          comparison.ratio,
          comparison.p,
          effect_threshold(comparison),
          judge_metric(comparison, key.metric)};
}

}  // namespace

void summarize(Results& results) {
  results.summary.clear();
  results.ratios.clear();
  const Cells cells = collect(results);
  for (const auto& [key, cell] : cells) {
    results.summary.push_back({key.point, key.variant, key.metric, cell.unit,
                               median_estimate(cell.values, seed_for(key, results.seed)),
                               cell.values.size()});
    const std::string name = reference_for(results, key.variant);
    const auto reference = cells.find({key.point, name, key.metric});
    if (key.variant != name && reference != cells.end()) {
      results.ratios.push_back(ratio_row(cells, key, cell, name, reference->second, results));
    }
  }
}

std::optional<RatioRow> compare_at(const Results& results, const PointKey& point,
                                   const std::string& metric, const std::string& variant,
                                   const std::string& reference) {
  const Cells cells = collect(results);
  const CellKey key{point, variant, metric};
  const auto cell = cells.find(key);
  const auto other = cells.find({point, reference, metric});
  if (cell == cells.end() || other == cells.end()) {
    return std::nullopt;
  }
  return ratio_row(cells, key, cell->second, reference, other->second, results);
}

void compare_with_baseline(Results& results, const Results& earlier) {
  results.baseline.clear();
  const Cells before = collect(earlier);
  const Cells now = collect(results);
  for (const auto& [key, cell] : now) {
    if (const auto old = before.find(key); old != before.end()) {
      Comparison comparison = compare(cell, old->second, seed_for(key, results.seed + 2));
      comparison.control_spread = std::max(control_spread(now, key, results.reference),
                                           control_spread(before, key, results.reference));
      results.baseline.push_back({key.point, key.variant, key.metric, comparison.ratio,
                                  comparison.p, judge_metric(comparison, key.metric)});
    }
  }
}

std::set<PointKey> points_with_different_answers(const Results& results) {
  // Inputs depend on the seed, so only answers for the same seed can contradict each other.
  std::map<std::pair<PointKey, std::uint64_t>, std::string> answers;
  std::set<PointKey> contradicted;
  for (const Sample& sample : results.samples) {
    if (sample.status != "ok") {
      continue;
    }
    const auto [known, is_new] = answers.try_emplace({sample.point, sample.seed}, sample.checksum);
    if (!is_new && known->second != sample.checksum) {
      contradicted.insert(sample.point);
    }
  }
  return contradicted;
}

std::vector<Trouble> find_troubles(const Results& results) {
  std::vector<Trouble> troubles;
  const auto add = [&](const PointKey& point, const std::string& variant, const std::string& status,
                       const std::string& detail) {
    for (Trouble& trouble : troubles) {
      if (std::tie(trouble.point, trouble.variant, trouble.status) ==
          std::tie(point, variant, status)) {
        ++trouble.count;
        return;
      }
    }
    troubles.push_back({point, variant, status, detail, 1});
  };
  for (const Sample& sample : results.samples) {
    if (sample.status != "ok") {
      add(sample.point, sample.variant, sample.status, sample.detail);
    }
  }
  for (const PointKey& point : points_with_different_answers(results)) {
    std::map<std::string, std::set<std::string>> by_variant;
    for (const Sample& sample : results.samples) {
      if (sample.point == point && sample.status == "ok") {
        by_variant[sample.variant].insert(sample.checksum);
      }
    }
    std::string detail;
    for (const auto& [variant, checksums] : by_variant) {
      detail += (detail.empty() ? "" : "; ") + variant + " says " + *checksums.begin() +
                (checksums.size() > 1 ? " and others" : "");
    }
    add(point, "", "answers differ", detail);
  }
  return troubles;
}

const Trouble* trouble_at(const std::vector<Trouble>& troubles, const PointKey& point,
                          const std::string& variant) {
  const Trouble* found = nullptr;
  for (const Trouble& trouble : troubles) {
    if (trouble.point == point && (trouble.variant.empty() || trouble.variant == variant)) {
      // A variant's own trouble says more than that its point's answers differ.
      found = found == nullptr || found->variant.empty() ? &trouble : found;
    }
  }
  return found;
}

std::vector<std::string> failure_lines(const std::vector<Trouble>& troubles) {
  using Same = std::tuple<std::string, std::string, std::string, std::string>;
  std::vector<std::pair<Same, int>> groups;
  for (const Trouble& trouble : troubles) {
    if (!is_failure(trouble)) {
      continue;
    }
    const Same same{trouble.status, trouble.point.workload, trouble.variant, trouble.detail};
    const auto known = std::find_if(groups.begin(), groups.end(),
                                    [&](const auto& group) { return group.first == same; });
    known == groups.end() ? groups.emplace_back(same, 1).second : ++known->second;
  }
  std::vector<std::string> lines;
  for (const auto& [same, points] : groups) {
    const auto& [status, workload, variant, detail] = same;
    lines.push_back(status + ": " + workload + (variant.empty() ? "" : " " + variant) +
                    (points > 1 ? " at " + std::to_string(points) + " points" : "") + ": " +
                    detail);
  }
  return lines;
}

bool is_failure(const Trouble& trouble) {
  return trouble.status != "unsupported" && trouble.status != "capped";
}

bool has_failures(const Results& results) {
  const std::vector<Trouble> troubles = find_troubles(results);
  return std::any_of(troubles.begin(), troubles.end(), is_failure);
}

const SummaryRow* find_summary(const Results& results, const PointKey& point,
                               const std::string& variant, const std::string& metric) {
  for (const SummaryRow& row : results.summary) {
    if (row.point == point && row.variant == variant && row.metric == metric) {
      return &row;
    }
  }
  return nullptr;
}

const RatioRow* find_ratio(const Results& results, const PointKey& point,
                           const std::string& variant, const std::string& metric) {
  for (const RatioRow& row : results.ratios) {
    if (row.point == point && row.variant == variant && row.metric == metric) {
      return &row;
    }
  }
  return nullptr;
}

std::vector<PointKey> points_of(const Results& results, const WorkloadNote& workload) {
  std::set<unsigned> workers;
  for (const Sample& sample : results.samples) {
    if (sample.point.workload == workload.name) {
      workers.insert(sample.point.workers);
    }
  }
  std::vector<PointKey> points;
  for (const unsigned count : workers) {
    for (const Parameters& params : workload.points) {
      points.push_back({workload.name, params, count});
    }
  }
  // Along each curve, and the curves in the order in which the workload names them.
  const PointLabels labels(workload, true);
  std::map<std::string, std::size_t> curves;
  for (const PointKey& point : points) {
    curves.try_emplace(labels.series(point), curves.size());
  }
  std::stable_sort(points.begin(), points.end(), [&](const PointKey& a, const PointKey& b) {
    const auto place = [&](const PointKey& point) {
      return std::tuple(point.workers, curves.at(labels.series(point)),
                        param_of(point, workload.axis));
    };
    return place(a) < place(b);
  });
  return points;
}

}  // namespace twofold::compare
