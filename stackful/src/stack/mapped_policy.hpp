// MappedPolicy: what tells the paged from the fixed policy. Both are mapped_stack.cpp.
#pragma once

#include <cstddef>

#include "stack/segment.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

[[nodiscard]] constexpr Geometry mapped_geometry(std::size_t stack_bytes) {
  constexpr std::size_t kStacksInSlab = 64;
  constexpr std::uint32_t kCached = 2048;
  std::size_t slab_bytes = std::size_t{2} << 20;
  while (slab_bytes < kStacksInSlab * stack_bytes) slab_bytes *= 2;
  return {.slot_bytes = stack_bytes,
          .margin = 0,
          .guard_bytes = kPageBytes,
          .slab_bytes = slab_bytes,
          .cached = kCached,
          .huge_pages = false,
          .checked = false};
}

struct MappedPolicy {
  const char* name;
  Geometry geometry;  ///< constant from the first stack on
};

extern MappedPolicy mapped_policy;

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
