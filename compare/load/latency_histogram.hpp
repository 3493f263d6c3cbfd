// Latencies counted in log-linear buckets: constant memory, constant cost, a bounded relative
// error.
//
// Filled by the loads, once a request. Each power of two is divided into 128 equal buckets, so a
// quantile is at most 1/128 (0.8 %) above the true value, over the whole range of 64 bits. The idea
// is Gil Tene's HdrHistogram.
#pragma once

#include <array>
#include <cstdint>

namespace twofold::compare {

class LatencyHistogram {
 public:
  void record(std::uint64_t nanoseconds) {
    ++buckets_[bucket_of(nanoseconds)];
    ++count_;
    max_ = nanoseconds > max_ ? nanoseconds : max_;
  }

  // The smallest bucket edge that at least the fraction `q` (0 to 1) of all values does not exceed,
  // never above the greatest value recorded. 0 when nothing was recorded.
  [[nodiscard]] std::uint64_t quantile(double q) const;

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }

 private:
  static constexpr unsigned kSubBucketBits = 7;
  static constexpr std::size_t kBuckets = (64 - kSubBucketBits + 1) << kSubBucketBits;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_edge(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

// Values below 256 have a bucket each. Above, a value is shifted right until eight bits are left;
// these and the shift make the index, which therefore grows with the value without a gap.
inline std::size_t LatencyHistogram::bucket_of(std::uint64_t value) {
  const unsigned width = 64 - static_cast<unsigned>(__builtin_clzll(value | 1));
  const unsigned shift = width > kSubBucketBits + 1 ? width - (kSubBucketBits + 1) : 0;
  return (static_cast<std::size_t>(shift) << kSubBucketBits) + (value >> shift);
}

}  // namespace twofold::compare
