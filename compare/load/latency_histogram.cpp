#include "load/latency_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace twofold::compare {

std::uint64_t LatencyHistogram::upper_edge(std::size_t bucket) {
  if (bucket < (std::size_t{2} << kSubBucketBits)) {
    return bucket;
  }
  const std::size_t shift = (bucket >> kSubBucketBits) - 1;
  const std::uint64_t top_bits = bucket - (shift << kSubBucketBits);
  return (top_bits << shift) + ((std::uint64_t{1} << shift) - 1);
}

std::uint64_t LatencyHistogram::quantile(double q) const {
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) {
      return std::min(upper_edge(bucket), max_);
    }
  }
  return max_;
}

}  // namespace twofold::compare
