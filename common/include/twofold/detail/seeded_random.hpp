// SeededRandom: choices that come from a seed alone.
//
// Used by the deterministic mode. SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): any seed will do,
// and the same seed gives the same sequence on every machine.
#pragma once

#include <cstdint>

namespace twofold::detail {

class SeededRandom {
 public:
  /// Streams of the same seed are independent of one another.
  explicit SeededRandom(std::uint64_t seed, std::uint64_t stream = 0) noexcept
      : state_(seed ^ (stream * 0xd1342543de82ef95)) {}

  [[nodiscard]] std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// 0 to `count` - 1; 0 where there is no choice, which uses nothing up.
  [[nodiscard]] std::uint64_t below(std::uint64_t count) noexcept {
    return count > 1 ? next() % count : 0;
  }
  /// True `per_mille` times in a thousand.
  [[nodiscard]] bool happens(unsigned per_mille) noexcept {
    return per_mille != 0 && below(1000) < per_mille;
  }

 private:
  std::uint64_t state_;
};

}  // namespace twofold::detail
