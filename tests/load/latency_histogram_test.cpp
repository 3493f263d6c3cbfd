#include "load/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "protocol/checksum.hpp"

namespace twofold::compare {
namespace {

TEST(LatencyHistogram, AnEmptyOneHasZeroForEveryQuantile) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0u);
  EXPECT_EQ(histogram.quantile(1), 0u);
  EXPECT_EQ(histogram.count(), 0u);
}

TEST(LatencyHistogram, SmallValuesAreKeptExactly) {
  LatencyHistogram histogram;
  for (std::uint64_t value = 1; value <= 100; ++value) {
    histogram.record(value);
  }
  EXPECT_EQ(histogram.quantile(0), 1u);
  EXPECT_EQ(histogram.quantile(0.5), 50u);
  EXPECT_EQ(histogram.quantile(0.99), 99u);
  EXPECT_EQ(histogram.quantile(1), 100u);
}

TEST(LatencyHistogram, NoQuantileExceedsTheGreatestValue) {
  LatencyHistogram histogram;
  histogram.record(1'000'003);
  EXPECT_EQ(histogram.quantile(0.5), 1'000'003u);
  EXPECT_EQ(histogram.max(), 1'000'003u);
}

TEST(LatencyHistogram, TheWholeRangeOf64BitsHasBuckets) {
  LatencyHistogram histogram;
  histogram.record(0);
  histogram.record(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(histogram.quantile(0.5), 0u);
  EXPECT_EQ(histogram.quantile(1), std::numeric_limits<std::uint64_t>::max());
}

TEST(LatencyHistogram, ValuesAroundEachPowerOfTwoKeepTheirOrderAndTheErrorBound) {
  for (unsigned bits = 1; bits < 63; ++bits) {
    const std::uint64_t power = std::uint64_t{1} << bits;
    for (const std::uint64_t value : {power - 1, power, power + 1}) {
      LatencyHistogram histogram;
      histogram.record(value);
      histogram.record(std::numeric_limits<std::uint64_t>::max());
      const std::uint64_t median = histogram.quantile(0.5);
      EXPECT_GE(median, value);
      EXPECT_LE(median - value, value / 128);
    }
  }
}

TEST(LatencyHistogram, QuantilesOfRandomValuesLieWithinOneBucketOfTheSortedOnes) {
  SplitMix64 random(7);
  LatencyHistogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 100'000; ++i) {
    // Spread over many magnitudes, as latencies are.
    values.push_back(random.next() >> (random.next() % 50));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    const std::uint64_t exact = values[static_cast<std::size_t>(q * 100'000) - 1];
    EXPECT_GE(histogram.quantile(q), exact) << q;
    EXPECT_LE(histogram.quantile(q), exact + exact / 128 + 1) << q;
  }
}

}  // namespace
}  // namespace twofold::compare
