#include "reporting/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace twofold::compare {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Reorders `values`, of which there is at least one.
double median_in_place(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) {
    return *middle;
  }
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

// Draws with replacement. Lemire's multiply-shift instead of std::uniform_int_distribution, whose
// results differ between standard libraries, while a report must be rebuilt alike anywhere.
class Resampler {
 public:
  explicit Resampler(std::uint64_t seed) : bits_(seed) {}

  double median_of_draw(std::span<const double> values) {
    draw_.resize(values.size());
    for (double& slot : draw_) {
      slot = values[((bits_() >> 32U) * values.size()) >> 32U];
    }
    return median_in_place(draw_);
  }

 private:
  std::mt19937_64 bits_;
  std::vector<double> draw_;
};

Estimate with_interval(double value, std::vector<double> resampled) {
  std::sort(resampled.begin(), resampled.end());
  return {value, quantile_of_sorted(resampled, 0.025), quantile_of_sorted(resampled, 0.975)};
}

// The values of both sides in order, as groups of equal ones.
struct TieGroup {
  std::size_t size;
  std::size_t doubled_rank;  // twice the mean rank of its members
};

std::vector<TieGroup> tie_groups(std::span<const double> a, std::span<const double> b) {
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  std::sort(all.begin(), all.end());
  std::vector<TieGroup> groups;
  for (auto first = all.begin(); first != all.end();) {
    const auto last = std::upper_bound(first, all.end(), *first);
    const auto before = static_cast<std::size_t>(first - all.begin());
    const auto size = static_cast<std::size_t>(last - first);
    groups.push_back({size, 2 * before + size + 1});
    first = last;
  }
  return groups;
}

double choose(std::size_t n, std::size_t k) {
  double ways = 1;
  for (std::size_t i = 1; i <= k; ++i) {
    ways *= static_cast<double>(n - k + i) / static_cast<double>(i);
  }
  return ways;
}

// The share of all ways to pick `n1` of the values whose rank sum is as far from its mean as the
// one seen, or further: the permutation test, which needs no assumption about ties. Counted by
// adding one group of equal values after the other.
double exact_p(std::span<const TieGroup> groups, std::size_t n1, std::size_t n, double distance) {
  const std::size_t most = n * (n + 1) + 1;
  std::vector<std::vector<double>> ways(n1 + 1, std::vector<double>(most, 0));
  ways[0][0] = 1;
  for (const TieGroup& group : groups) {
    for (std::size_t picked = n1 + 1; picked-- > 0;) {
      for (std::size_t k = 1; k <= std::min(group.size, picked); ++k) {
        const std::size_t gain = k * group.doubled_rank;
        const double factor = choose(group.size, k);
        for (std::size_t sum = gain; sum < most; ++sum) {
          ways[picked][sum] += factor * ways[picked - k][sum - gain];
        }
      }
    }
  }
  const auto doubled_mean = static_cast<double>(n1 * (n + 1));
  double total = 0;
  double as_far = 0;
  for (std::size_t sum = 0; sum < most; ++sum) {
    total += ways[n1][sum];
    if (std::abs(static_cast<double>(sum) - doubled_mean) >= 2 * distance - 1e-9) {
      as_far += ways[n1][sum];
    }
  }
  return as_far / total;
}

double normal_p(double u, double n1, double n2, double tie_term) {
  const double n = n1 + n2;
  const double variance = n1 * n2 / 12 * (n + 1 - tie_term / (n * (n - 1)));
  if (variance <= 0) {
    return 1;
  }
  const double z = std::max(0.0, std::abs(u - n1 * n2 / 2) - 0.5) / std::sqrt(variance);
  return std::erfc(z / std::sqrt(2.0));
}

// Relative size of a ratio's distance from 1, the same for x and 1/x.
double effect_of(double ratio) { return std::exp(std::abs(std::log(ratio))) - 1; }

}  // namespace

double quantile_of_sorted(std::span<const double> sorted, double q) {
  if (sorted.empty()) {
    return kNaN;
  }
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double fraction = position - static_cast<double>(below);
  return sorted[below] + (sorted[above] - sorted[below]) * fraction;
}

double median(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  return copy.empty() ? kNaN : median_in_place(copy);
}

Estimate median_estimate(std::span<const double> values, std::uint64_t seed) {
  if (values.empty()) {
    return {kNaN, kNaN, kNaN};
  }
  Resampler resampler(seed);
  std::vector<double> medians(kBootstrapResamples);
  std::generate(medians.begin(), medians.end(), [&] { return resampler.median_of_draw(values); });
  return with_interval(median(values), std::move(medians));
}

Estimate ratio_estimate(std::span<const double> values, std::span<const double> reference,
                        std::uint64_t seed) {
  if (values.empty() || reference.empty()) {
    return {kNaN, kNaN, kNaN};
  }
  Resampler resampler(seed);
  std::vector<double> ratios(kBootstrapResamples);
  std::generate(ratios.begin(), ratios.end(), [&] {
    const double above = resampler.median_of_draw(values);
    return above / resampler.median_of_draw(reference);
  });
  return with_interval(median(values) / median(reference), std::move(ratios));
}

double mann_whitney_p(std::span<const double> a, std::span<const double> b) {
  if (a.empty() || b.empty()) {
    return 1;
  }
  double u = 0;
  for (const double x : a) {
    for (const double y : b) {
      u += x > y ? 1 : (x == y ? 0.5 : 0);
    }
  }
  const double pairs = static_cast<double>(a.size()) * static_cast<double>(b.size());
  const std::vector<TieGroup> groups = tie_groups(a, b);
  constexpr std::size_t kExactLimit = 20;
  if (a.size() <= kExactLimit && b.size() <= kExactLimit) {
    return exact_p(groups, a.size(), a.size() + b.size(), std::abs(u - pairs / 2));
  }
  double tie_term = 0;
  for (const TieGroup& group : groups) {
    const auto size = static_cast<double>(group.size);
    tie_term += size * size * size - size;
  }
  return normal_p(u, static_cast<double>(a.size()), static_cast<double>(b.size()), tie_term);
}

namespace {

constexpr double kWantedLevel = 0.001;

// Of samples that do not overlap at all.
double least_p(std::size_t n1, std::size_t n2) {
  double orderings = 1;
  for (std::size_t i = 1; i <= n2; ++i) {
    orderings *= static_cast<double>(n1 + i) / static_cast<double>(i);
  }
  return 2 / orderings;
}

}  // namespace

double significance_level(std::size_t n1, std::size_t n2) {
  constexpr double kAcceptable = 0.05;
  const double least = least_p(n1, n2);
  return least <= kWantedLevel ? kWantedLevel : least < kAcceptable ? least * (1 + 1e-9) : 0;
}

bool are_apart(std::span<const double> a, std::span<const double> b) {
  constexpr double kFewer = 0.01;
  const double least = least_p(a.size(), b.size());
  if (least <= kWantedLevel) {
    return true;
  }
  const auto [low_a, high_a] = std::minmax_element(a.begin(), a.end());
  const auto [low_b, high_b] = std::minmax_element(b.begin(), b.end());
  if (low_a == a.end() || low_b == b.end()) {
    return false;
  }
  if (std::min(*low_a, *low_b) <= 0) {
    return false;  // of which there are no ratios
  }
  const double gap = std::log(std::max(*low_a / *high_b, *low_b / *high_a));
  const double spread = std::log(std::max(*high_a / *low_a, *high_b / *low_b));
  return gap > 0 && gap >= spread * (least <= kFewer ? 1 : 2);
}

double effect_threshold(const Comparison& comparison) {
  const Estimate& ratio = comparison.ratio;
  const double half_width = std::sqrt(ratio.high / ratio.low) - 1;
  return std::max({kSmallestEffect, half_width, comparison.control_spread});
}

Verdict judge(const Comparison& comparison) {
  const double threshold = effect_threshold(comparison);
  const double effect = effect_of(comparison.ratio.value);
  if (comparison.level == 0 || !std::isfinite(threshold) || !std::isfinite(effect)) {
    return Verdict::kNoiseLimited;
  }
  if (effect >= threshold && comparison.p <= comparison.level && comparison.is_apart) {
    return comparison.ratio.value > 1 ? Verdict::kSlower : Verdict::kFaster;
  }
  const double furthest =
      std::max(effect_of(comparison.ratio.low), effect_of(comparison.ratio.high));
  return std::max(furthest, comparison.control_spread) < kEquivalenceMargin
             ? Verdict::kNoDifference
             : Verdict::kNoiseLimited;
}

}  // namespace twofold::compare
