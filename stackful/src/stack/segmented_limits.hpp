// What growth and the seam of the segmented policy share: see segment_growth.cpp,
// segmented_stack.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stack/segment.hpp"
#include "twofold/stackful/stack.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

/// Bytes of the segment with that limit and of all that it was grown from.
[[nodiscard]] std::size_t bytes_of_chain(std::uintptr_t limit) noexcept;

/// A fiber grew by the slow path, to `bytes` in all.
void note_growth(std::size_t bytes) noexcept;

/// Before a finished fiber's first segment goes back to its pool.
void release_chain_end(Segment& first) noexcept;

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
