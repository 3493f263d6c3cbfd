// SegmentReserve: segments for fibers that must grow when the system has no more memory.
//
// A call that is under way cannot be refused its stack by an error. So the error is given where
// there can be one: a fiber begins only while the reserve is whole, and those that run already
// finish on it. It is address space alone until it is needed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stack/page_mapping.hpp"
#include "stack/segment.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

/// 64 KiB. What asks for more is not served.
inline constexpr unsigned kReserveClass = 6;
/// As many as may be spawned in a turn before the first of them grows.
inline constexpr std::uint32_t kReserved = 128;

extern "C" {
/// How many are out, or were never had.
[[gnu::visibility("hidden")]] extern constinit std::uint32_t twofold_reserve_missing;
}
[[nodiscard]] inline bool is_reserve_whole() noexcept {
  return __atomic_load_n(&twofold_reserve_missing, __ATOMIC_RELAXED) == 0;
}

/// Makes the reserve whole from the system's memory; false where there is none, and `failure` says
/// why. Thread-safe, as are the others.
[[nodiscard]] bool fill_reserve(MappingFailure& failure) noexcept;
/// A segment of kReserveClass with kIsReserved set; null when there is none left.
[[nodiscard]] Segment* take_reserved() noexcept;
void give_reserved(Segment& segment) noexcept;

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
