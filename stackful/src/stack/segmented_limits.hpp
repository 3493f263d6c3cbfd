// What growth and the seam of the segmented policy share: see segment_growth.cpp,
// segmented_stack.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stack/segment.hpp"
#include "twofold/detail/this_thread_address.hpp"
#include "twofold/stackful/stack.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

/// Bytes of the segment with that limit and of all that it was grown from.
[[nodiscard]] std::size_t bytes_of_chain(std::uintptr_t limit) noexcept;

/// The class of the first segment of a task that takes so many bytes of it; above kLargestClass:
/// the limit allows none.
[[nodiscard]] unsigned class_for_task(std::size_t task_bytes) noexcept;

/// A fiber grew by the slow path, to `bytes` in all.
void note_growth(std::size_t bytes) noexcept;

extern "C" {
/// Whether this thread keeps segments that an unwinder passed and that are too many or too large.
[[gnu::visibility("hidden"),
  gnu::tls_model("initial-exec")]] extern constinit thread_local bool twofold_unsettled_segments;
}
[[nodiscard]] inline bool* unsettled_segments() noexcept {
  bool* unsettled = nullptr;
  TWOFOLD_THIS_THREAD_ADDRESS(unsettled, twofold_unsettled_segments);
  return unsettled;
}

/// Whether release_chain_end() has something to do.
[[nodiscard]] inline bool needs_attention_at_its_end(const Segment& first) noexcept {
  return first.alloca_blocks != nullptr || *unsettled_segments();
}
/// Before a finished fiber's first segment goes back to its pool.
void release_chain_end(Segment& first) noexcept;

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
