#include "reporting/cost_model.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "reporting/format.hpp"
#include "reporting/statistics.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {
namespace {

using Features = std::vector<double>;
using Describe = std::vector<Term> (*)(const Work&);

std::vector<Term> time_features(const Work& work) {
  const double spread = std::log2(std::max(1.0, work.tasks));
  return {{"a request of its own", 0, 1},
          {"for each doubling of the tasks", 0, spread},
          {"for each call of its depth", 0, work.depth},
          {"for each KiB that is held", 0, work.live_bytes / 1024},
          {"for I/O", 0, work.io_share},
          {"for each call and doubling", 0, work.depth * spread}};
}

std::vector<Term> memory_features(const Work& work) {
  return {{"a task of its own", 0, 1},
          {"for each call of its depth", 0, work.depth},
          {"for each byte that is held", 0, work.live_bytes}};
}

Features factors(const std::vector<Term>& terms) {
  Features values;
  for (const Term& term : terms) {
    values.push_back(term.factor);
  }
  return values;
}

double dot(const Features& a, const Features& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

// Minimizes the sum of ((row . x - y) / y)^2 over x >= 0. The problem is convex and small, so that
// improving one coefficient after the other ends at its minimum.
Features solve(const std::vector<Features>& rows, const std::vector<double>& values) {
  const std::size_t n = rows.front().size();
  Features x(n, 0);
  constexpr int kSweeps = 20'000;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    double largest_change = 0;
    for (std::size_t k = 0; k < n; ++k) {
      double along = 0;
      double square = 0;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const double weight = 1 / values[i];
        const double feature = rows[i][k] * weight;
        along += feature * (1 - dot(rows[i], x) * weight + x[k] * feature);
        square += feature * feature;
      }
      const double next = square > 0 ? std::max(0.0, along / square) : 0;
      largest_change = std::max(largest_change, std::abs(next - x[k]) * std::sqrt(square));
      x[k] = next;
    }
    if (largest_change < 1e-9) {
      break;
    }
  }
  return x;
}

Formula fit_formula(const std::vector<MeasuredWork>& measured, Describe describe) {
  std::vector<Features> rows;
  std::vector<double> values;
  for (const MeasuredWork& point : measured) {
    rows.push_back(factors(describe(point.work)));
    values.push_back(point.value);
  }
  Formula formula{.coefficients = solve(rows, values)};
  std::vector<double> errors;
  for (std::size_t left_out = 0; left_out < rows.size(); ++left_out) {
    std::vector<Features> others = rows;
    std::vector<double> their_values = values;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
    their_values.erase(their_values.begin() + static_cast<std::ptrdiff_t>(left_out));
    const double predicted = dot(rows[left_out], solve(others, their_values));
    errors.push_back(std::abs(predicted / values[left_out] - 1));
  }
  formula.typical_error = median(errors);
  formula.worst_error = *std::max_element(errors.begin(), errors.end());
  return formula;
}

Work work_at(const PointKey& point) {
  const auto value = [&](const char* name, double fallback) {
    return static_cast<double>(param_of(point, name, static_cast<std::int64_t>(fallback)));
  };
  return {.tasks = value("tasks", 1),
          .depth = value("depth", 1),
          .live_bytes = value("live_bytes", 64),
          .io_share = value("io_percent", 0) / 100};
}

std::vector<MeasuredWork> measured(const Results& results, const std::string& variant,
                                   const std::string& metric) {
  std::vector<MeasuredWork> points;
  for (const SummaryRow& row : results.summary) {
    if (row.point.workload == kModelWorkload && row.variant == variant && row.metric == metric &&
        row.point.workers == 1 && row.median.value > 0) {
      points.push_back({work_at(row.point), row.median.value});
    }
  }
  return points;
}

std::vector<Term> with_coefficients(std::vector<Term> terms, const Formula& formula) {
  for (std::size_t i = 0; i < terms.size(); ++i) {
    terms[i].coefficient = formula.coefficients[i];
  }
  return terms;
}

}  // namespace

std::optional<CostModel> CostModel::fit(const Results& results, const std::string& variant) {
  constexpr std::size_t kFewestPoints = 8;  // two more than there are coefficients
  CostModel model;
  model.variant_ = variant;
  model.measured_ = measured(results, variant, "ns_per_op");
  const std::vector<MeasuredWork> memory = measured(results, variant, "bytes_per_task");
  if (model.measured_.size() < kFewestPoints || memory.size() < kFewestPoints) {
    return std::nullopt;
  }
  model.time_ = fit_formula(model.measured_, time_features);
  model.memory_ = fit_formula(memory, memory_features);
  return model;
}

double CostModel::ns_per_request(const Work& work) const {
  return dot(time_.coefficients, factors(time_features(work)));
}

double CostModel::bytes_per_task(const Work& work) const {
  return dot(memory_.coefficients, factors(memory_features(work)));
}

std::vector<Term> CostModel::time_terms(const Work& work) const {
  return with_coefficients(time_features(work), time_);
}

std::vector<Term> CostModel::memory_terms(const Work& work) const {
  return with_coefficients(memory_features(work), memory_);
}

void set_parameter(Work& work, const std::string& parameter, double value) {
  if (parameter == "tasks") {
    work.tasks = value;
  } else if (parameter == "depth") {
    work.depth = value;
  } else if (parameter == "live_bytes") {
    work.live_bytes = value;
  } else if (parameter == "io_share") {
    work.io_share = value;
  } else {
    throw std::invalid_argument("the cost model has no parameter '" + parameter + "'");
  }
}

std::optional<Crossover> find_crossover(const CostModel& first, const CostModel& second, Work work,
                                        const std::string& parameter, double low, double high,
                                        bool of_memory) {
  const auto difference = [&](double at) {
    set_parameter(work, parameter, at);
    return of_memory ? first.bytes_per_task(work) - second.bytes_per_task(work)
                     : first.ns_per_request(work) - second.ns_per_request(work);
  };
  const bool first_is_cheaper = difference(low) < 0;
  if (first_is_cheaper == (difference(high) < 0)) {
    return std::nullopt;
  }
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    ((difference(middle) < 0) == first_is_cheaper ? low : high) = middle;
  }
  return Crossover{low, first_is_cheaper ? first.variant() : second.variant(),
                   first_is_cheaper ? second.variant() : first.variant()};
}

}  // namespace twofold::compare
