// The statistics behind every verdict: median, bootstrap interval, rank test.
//
// Used by `summarize`. All functions are pure; the bootstrap takes its seed as an argument, so that
// the same samples always give the same interval. Percentile bootstrap: Efron and Tibshirani, "An
// Introduction to the Bootstrap" (1993), chapter 13. Rank test: Mann and Whitney (1947), exact for
// small samples, otherwise the normal approximation with tie correction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace twofold::compare {

// A point estimate and its 95 % interval.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

constexpr std::size_t kBootstrapResamples = 2000;

// Middle value, or the mean of the two middle ones; NaN for no values.
[[nodiscard]] double median(std::span<const double> values);

// The quantile `q` (0..1) of `sorted`, linear between neighbours; NaN for no values.
[[nodiscard]] double quantile_of_sorted(std::span<const double> sorted, double q);

// Median with its interval. A single value is its own interval, which says nothing: callers judge
// by `count` first.
[[nodiscard]] Estimate median_estimate(std::span<const double> values, std::uint64_t seed);

// median(values) / median(reference) with its interval; both sides are resampled.
[[nodiscard]] Estimate ratio_estimate(std::span<const double> values,
                                      std::span<const double> reference, std::uint64_t seed);

// Two-sided p that `a` and `b` come from one distribution; 1 when either is empty.
[[nodiscard]] double mann_whitney_p(std::span<const double> a, std::span<const double> b);

enum class Verdict { kFaster, kSlower, kNoDifference, kNoiseLimited };

// Below this no effect is claimed, however small its interval: layout of code and data alone moves
// figures by as much.
constexpr double kSmallestEffect = 0.03;

// "No difference" is said only when the whole interval lies within this of 1; a wider one, that
// could hide a larger effect, is "noise-limited".
constexpr double kEquivalenceMargin = 0.05;

// The p at which two samples of these sizes are told apart: 0.001, stricter than is customary
// because a report judges hundreds of figures and its control is to claim nothing. Where so few
// samples cannot reach that, the p of samples that do not overlap at all, if it is below 0.05;
// otherwise 0.
[[nodiscard]] double significance_level(std::size_t n1, std::size_t n2);

// Whether samples that are too few for a p of 0.001 lie so far apart that chance is no explanation
// either: by the wider of their two spreads, and by twice that where a p of 0.01 is out of reach
// too; in proportion, as ratios are. Of two normal samples of one kind one pair in 10,000 does.
// True for larger samples.
[[nodiscard]] bool are_apart(std::span<const double> a, std::span<const double> b);

struct Comparison {
  Estimate ratio;             // of cost: above 1 is worse
  double p = 1;               // of the rank test
  double control_spread = 0;  // relative difference of the A/A control at the same point
  double level = 0.001;       // of `significance_level`
  bool is_apart = true;       // by `are_apart`
};

// The size that an effect must have to be claimed: the largest of `kSmallestEffect`, the half-width
// of the ratio's interval, and the spread of the control.
[[nodiscard]] double effect_threshold(const Comparison& comparison);

[[nodiscard]] Verdict judge(const Comparison& comparison);

}  // namespace twofold::compare
