// SegmentPool: the free segments that a thread keeps to itself, one list for each class.
//
// morestack.S takes and gives segments here without a call; acquire_stack() and release_stack() do
// so in a few instructions. No atomic operation, no lock, no system call: those come with a batch
// from or to the depot of the class (slab_depot.hpp), and with large segments, which are mappings
// of their own. A segment may be given back on another thread than it was taken on; what a thread
// has too many of goes to the depot.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stack/page_mapping.hpp"
#include "stack/segment.hpp"
#include "twofold/detail/this_thread_address.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

/// Known to morestack.S. Written by its own thread alone; others read `room` and `taken` for
/// metrics.
struct alignas(32) FreeList {
  Segment* head = nullptr;
  std::int32_t room =
      0;  ///< how many more the thread keeps; may run below 0 while an exception passes
  std::int32_t capacity = 0;  ///< `room` of the empty list
  std::uint64_t taken = 0;    ///< times that morestack.S found one here
};
static_assert(sizeof(FreeList) == 32);

extern "C" {
[[gnu::visibility("hidden"),
  gnu::tls_model(
      "initial-exec")]] extern constinit thread_local FreeList twofold_free_segments[kClasses];
}

/// This thread's lists, one for each class.
[[nodiscard]] inline FreeList* free_segments() noexcept {
  FreeList* lists = nullptr;
  TWOFOLD_THIS_THREAD_ADDRESS(lists, twofold_free_segments);
  return lists;
}

/// A segment of that class; null where there is no memory, and `failure` says why.
[[nodiscard]] Segment* take_segment_slow(unsigned size_class, MappingFailure& failure) noexcept;
[[nodiscard]] inline Segment* take_segment(unsigned size_class, MappingFailure& failure) noexcept {
  FreeList& list = free_segments()[size_class];
  Segment* const segment = list.head;
  if (segment == nullptr) [[unlikely]]
    return take_segment_slow(size_class, failure);
  list.head = segment->next_free;
  __atomic_store_n(&list.room, list.room + 1, __ATOMIC_RELAXED);
  return segment;
}

void give_segment_slow(Segment& segment) noexcept;
inline void give_segment(Segment& segment) noexcept {
  FreeList& list = free_segments()[segment.size_class];
  if (list.room <= 0) [[unlikely]]
    return give_segment_slow(segment);
  __atomic_store_n(&list.room, list.room - 1, __ATOMIC_RELAXED);
  segment.next_free = list.head;
  list.head = &segment;
}

/// Makes a segment of a class without slabs in `memory`, which stays the caller's to give back.
[[nodiscard]] Segment& make_segment(std::byte* memory, unsigned size_class) noexcept;
/// Ends one: its memory is free.
void unmake_segment(Segment& segment) noexcept;

/// Gives a segment that somebody still looks at: its memory stays as it is, whatever the list holds
/// by now.
void give_segment_later(Segment& segment) noexcept;
/// Ends that, when nobody looks any more.
void settle_segments() noexcept;

/// Gives the system what neither fibers nor this thread need.
void trim_segments() noexcept;

struct SegmentCounts {
  std::uint64_t in_use;        ///< of the classes asked for
  std::uint64_t bytes_in_use;  ///< by slot
  std::uint64_t taken;         ///< FreeList::taken of all threads
};
/// Sums over all threads, of the classes `first` to `last`.
[[nodiscard]] SegmentCounts segment_counts(unsigned first, unsigned last) noexcept;

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
