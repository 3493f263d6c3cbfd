// The tree of the `skynet` workload, for all programs that grow it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <twofold/twofold.hpp>

namespace twofold::compare {

inline constexpr std::uint64_t kSkynetFan = 10;

/// The sum of the indices of `leaves` leaves, a power of kSkynetFan, from `first` on. A task each.
inline TF_ASYNC(std::uint64_t) skynet_node(std::uint64_t first, std::uint64_t leaves) {
  if (leaves == 1) TF_RETURN first;
  const std::uint64_t part = leaves / kSkynetFan;
  std::array<std::optional<JoinHandle<std::uint64_t>>, kSkynetFan> children;
  for (std::uint64_t i = 0; i < kSkynetFan; ++i)
    children[i].emplace(spawn(skynet_node, first + i * part, part));
  std::uint64_t sum = 0;
  for (auto& child : children) sum += TF_AWAIT(*child);
  TF_RETURN sum;
}

}  // namespace twofold::compare
