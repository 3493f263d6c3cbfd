// MappedPolicy: what tells the paged from the fixed policy. Both are mapped_stack.cpp.
#pragma once

#include <cstddef>

#include "stack/segment.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

/// `stack_bytes`: a multiple of the page.
///
/// From one stack to the next it is an odd number of pages: at a power of two those few pages of
/// each stack that are used would all fall on the same sets of the TLB, where no more than some
/// dozens of them fit. top_of() does the same for the sets of the cache.
[[nodiscard]] constexpr Geometry mapped_geometry(std::size_t stack_bytes) {
  constexpr std::size_t kStacksInSlab = 64;
  constexpr std::uint32_t kCached = 2048;
  std::size_t slot_bytes = stack_bytes + kPageBytes;
  if (slot_bytes / kPageBytes % 2 == 0) slot_bytes += kPageBytes;
  std::size_t slab_bytes = std::size_t{2} << 20;
  while (slab_bytes < kStacksInSlab * stack_bytes) slab_bytes *= 2;
  return {.slot_bytes = slot_bytes,
          .margin = 0,
          .guard_bytes = kPageBytes,
          .slab_bytes = slab_bytes,
          .cached = kCached,
          .huge_pages = false,
          .checked = false};
}

struct MappedPolicy {
  const char* name;
  std::size_t stack_bytes;  ///< both constant from the first stack on
  Geometry geometry = mapped_geometry(stack_bytes);
};

inline constexpr std::uintptr_t kColours = 32;  // over half a page: the other half is for frames
inline constexpr std::size_t kLineBytes = 64;

/// Where the frames of the stack in that segment begin: so many lines of the cache below the
/// header, by the number of its page, that the tops of neighbours fall on different sets.
[[nodiscard]] inline std::byte* top_of(Segment& segment) noexcept {
  const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(&segment) / kPageBytes;
  return reinterpret_cast<std::byte*>(&segment) - page % kColours * kLineBytes;
}

extern MappedPolicy mapped_policy;

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
