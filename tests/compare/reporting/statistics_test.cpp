#include "reporting/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace twofold::compare {
namespace {

using Values = std::vector<double>;

TEST(Median, IsTheMiddleOfAnOddNumberOfValues) { EXPECT_EQ(median(Values{9, 1, 5}), 5); }

TEST(Median, IsTheMeanOfTheTwoMiddleOnesOfAnEvenNumber) {
  EXPECT_EQ(median(Values{4, 1, 3, 2}), 2.5);
}

TEST(Median, OfNothingIsNoNumber) { EXPECT_TRUE(std::isnan(median(Values{}))); }

TEST(Quantile, LiesBetweenNeighbours) {
  const Values sorted{10, 20, 30, 40, 50};
  EXPECT_DOUBLE_EQ(quantile_of_sorted(sorted, 0), 10);
  EXPECT_DOUBLE_EQ(quantile_of_sorted(sorted, 0.1), 14);
  EXPECT_DOUBLE_EQ(quantile_of_sorted(sorted, 1), 50);
}

// Found by enumerating all orderings; the last is the textbook example of Hollander and Wolfe.
TEST(MannWhitney, GivesTheExactPOfSmallSamples) {
  EXPECT_NEAR(mann_whitney_p(Values{1, 2, 3, 4, 5}, Values{6, 7, 8, 9, 10}), 0.007936507936508,
              1e-12);
  EXPECT_NEAR(mann_whitney_p(Values{1, 2, 3}, Values{4, 5, 6}), 0.1, 1e-12);
  EXPECT_NEAR(mann_whitney_p(Values{1, 4, 5, 8}, Values{2, 3, 6, 7}), 1.0, 1e-12);
  EXPECT_NEAR(mann_whitney_p(Values{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46},
                             Values{1.15, 0.88, 0.90, 0.74, 1.21}),
              0.2544122544122544, 1e-9);
}

// Enumerated too: 22 of 252 choices are as far from the mean.
TEST(MannWhitney, CountsTiesExactly) {
  EXPECT_NEAR(mann_whitney_p(Values{1, 2, 2, 3, 4}, Values{2, 4, 5, 5, 6}), 22.0 / 252, 1e-12);
  EXPECT_NEAR(mann_whitney_p(Values{1, 1, 2, 2, 3}, Values{6, 7, 7, 7, 8}), 2.0 / 252, 1e-12);
  EXPECT_EQ(mann_whitney_p(Values{3, 3, 3}, Values{3, 3, 3}), 1);
}

TEST(MannWhitney, DoesNotCareWhichSideComesFirst) {
  const Values a{1.5, 2.5, 9, 4};
  const Values b{3, 7, 8, 2, 11};
  EXPECT_DOUBLE_EQ(mann_whitney_p(a, b), mann_whitney_p(b, a));
}

TEST(MannWhitney, ClaimsNothingWithoutSamples) { EXPECT_EQ(mann_whitney_p({}, Values{1}), 1); }

TEST(SignificanceLevel, IsStrictWhereTheSamplesAllowIt) {
  EXPECT_EQ(significance_level(7, 7), 0.001);
  EXPECT_EQ(significance_level(10, 10), 0.001);
}

TEST(Apart, AsksFewSamplesForAGapAsWideAsTheirSpread) {
  EXPECT_TRUE(are_apart(Values{1, 2, 1, 2, 1}, Values{4, 5, 4, 5, 4}));
  EXPECT_FALSE(are_apart(Values{1, 2, 1, 2, 1}, Values{3.9, 5, 4, 5, 4}));
  EXPECT_FALSE(are_apart(Values{1, 2, 1, 2}, Values{4, 5, 4, 5}));
  EXPECT_TRUE(are_apart(Values{8, 9, 8, 9}, Values{1, 2, 1, 2}));
  EXPECT_FALSE(are_apart(Values{8, 9, 8, 9}, Values{0, 2, 1, 2}));
  EXPECT_FALSE(are_apart(Values{1, 1, 1, 1}, Values{1, 1, 1, 1}));
  EXPECT_FALSE(are_apart(Values{}, Values{1}));
}

TEST(Apart, LeavesMoreSamplesToTheTest) {
  EXPECT_TRUE(are_apart(Values{1, 2, 3, 4, 5, 6, 7}, Values{1, 2, 3, 4, 5, 6, 7}));
}

TEST(SignificanceLevel, AsksForFullSeparationOfFewSamples) {
  EXPECT_NEAR(significance_level(5, 5), 2.0 / 252, 1e-9);
  EXPECT_NEAR(significance_level(3, 5), 2.0 / 56, 1e-9);
  EXPECT_NEAR(significance_level(4, 4), 2.0 / 70, 1e-9);
  EXPECT_EQ(significance_level(3, 3), 0);
  EXPECT_EQ(significance_level(1, 1), 0);
}

TEST(Bootstrap, IsTheSameForTheSameSeed) {
  const Values values{3, 1, 4, 1, 5, 9, 2, 6};
  const Estimate a = median_estimate(values, 7);
  const Estimate b = median_estimate(values, 7);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
}

TEST(Bootstrap, HoldsTheMedianWithinTheSamples) {
  const Values values{10, 11, 12, 13, 14};
  const Estimate estimate = median_estimate(values, 1);
  EXPECT_EQ(estimate.value, 12);
  EXPECT_GE(estimate.low, 10);
  EXPECT_LE(estimate.low, 12);
  EXPECT_GE(estimate.high, 12);
  EXPECT_LE(estimate.high, 14);
}

// The textbook interval of a median of 100 normal values has a half-width near 1.96 * 1.2533 / 10.
TEST(Bootstrap, HasTheWidthThatTheoryGives) {
  std::mt19937_64 bits(42);
  std::normal_distribution<double> normal(100, 1);
  double width = 0;
  constexpr int kTrials = 40;
  for (int trial = 0; trial < kTrials; ++trial) {
    Values values(100);
    for (double& value : values) {
      value = normal(bits);
    }
    const Estimate estimate = median_estimate(values, static_cast<std::uint64_t>(trial));
    width += estimate.high - estimate.low;
  }
  EXPECT_NEAR(width / kTrials, 2 * 1.96 * 1.2533 / 10, 0.08);
}

TEST(Ratio, IsThatOfTheMediansWithAnIntervalAroundIt) {
  const Estimate ratio =
      ratio_estimate(Values{20, 21, 19, 20, 20}, Values{10, 10, 10.5, 9.5, 10}, 3);
  EXPECT_EQ(ratio.value, 2);
  EXPECT_LE(ratio.low, 2);
  EXPECT_GE(ratio.high, 2);
}

Comparison comparison(double ratio, double half_width, double p) {
  Comparison made;
  made.ratio = {ratio, ratio / (1 + half_width), ratio * (1 + half_width)};
  made.p = p;
  return made;
}

TEST(Verdict, ClaimsALargeEffectThatTheTestSupports) {
  EXPECT_EQ(judge(comparison(0.5, 0.02, 0.001)), Verdict::kFaster);
  EXPECT_EQ(judge(comparison(2.0, 0.02, 0.001)), Verdict::kSlower);
}

TEST(Verdict, ClaimsNothingBelowThreePerCent) {
  EXPECT_EQ(judge(comparison(1.02, 0.001, 0.0001)), Verdict::kNoDifference);
}

TEST(Verdict, ClaimsNothingBelowTheHalfWidth) {
  EXPECT_EQ(judge(comparison(1.2, 0.3, 0.001)), Verdict::kNoiseLimited);
}

TEST(Verdict, ClaimsNothingBelowTheSpreadOfTheControl) {
  Comparison noisy = comparison(1.10, 0.01, 0.001);
  noisy.control_spread = 0.15;
  EXPECT_EQ(judge(noisy), Verdict::kNoiseLimited);
}

TEST(Verdict, ClaimsNothingThatTheRankTestDoesNotSupport) {
  EXPECT_EQ(judge(comparison(1.5, 0.02, 0.2)), Verdict::kNoiseLimited);
}

TEST(Verdict, ClaimsNothingFromTooFewSamples) {
  Comparison few = comparison(3, 0, 0);
  few.level = significance_level(2, 2);
  EXPECT_EQ(judge(few), Verdict::kNoiseLimited);
}

TEST(Verdict, ClaimsNothingFromFewSamplesThatLieCloseTogether) {
  Comparison close = comparison(1.5, 0, 0);
  EXPECT_EQ(judge(close), Verdict::kSlower);
  close.is_apart = false;
  EXPECT_EQ(judge(close), Verdict::kNoiseLimited);
}

TEST(Verdict, ClaimsNothingFromWhatIsNoNumber) {
  Comparison broken = comparison(1, 0, 0.001);
  broken.ratio.value = std::nan("");
  EXPECT_EQ(judge(broken), Verdict::kNoiseLimited);
}

}  // namespace
}  // namespace twofold::compare
