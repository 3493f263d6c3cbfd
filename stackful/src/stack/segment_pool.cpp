// SegmentPool: what happens when a thread's list is empty or full.
#include "stack/segment_pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <utility>

#include "stack/piece_depot.hpp"
#include "stack/segment_reserve.hpp"
#include "stack/slab_depot.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

extern "C" {
[[gnu::used]] constinit thread_local FreeList twofold_free_segments[kClasses];
}

namespace {

// Segments from this size on are backed by huge pages, and those from 64 KiB are pieces of them
// (piece_depot.hpp).
constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

// What destructors of thread-locals give after the thread's lists are gone goes to the depots.
constinit thread_local bool thread_ended = false;

constinit SlabDepot depots[kClasses];
constinit PieceDepot pieces;
std::atomic<std::uint64_t> single_segments[kClasses];  // those that are not of slabs

// A thread's lists, registered for as long as it lives, so that metrics can sum over all.
class ThreadLists {
 public:
  ThreadLists();
  ~ThreadLists();
  ThreadLists(const ThreadLists&) = delete;
  ThreadLists& operator=(const ThreadLists&) = delete;

  const FreeList* const lists = free_segments();
  ThreadLists* next = nullptr;
  ThreadLists* previous = nullptr;
};

struct Registry {
  std::mutex mutex;
  ThreadLists* first = nullptr;
  std::uint64_t taken_by_ended[kClasses] = {};
};
constinit Registry registry;

ThreadLists::ThreadLists() {
  for (unsigned size_class = 0; size_class < kClasses; ++size_class) {
    FreeList& list = free_segments()[size_class];
    list.capacity = static_cast<std::int32_t>(geometry_of(size_class).cached);
    list.room += list.capacity;  // below 0 where an exception has left segments here already
  }
  const std::lock_guard guard(registry.mutex);
  next = registry.first;
  if (next != nullptr) next->previous = this;
  registry.first = this;
}

void release(Segment& segment) noexcept {
  if ((segment.attend & kIsReserved) != 0) return give_reserved(segment);
  const unsigned size_class = segment.size_class;
  const Geometry& geometry = geometry_of(size_class);
  if (geometry.slab_bytes != 0) {
    segment.next_free = nullptr;
    depots[size_class].give(&segment);
  } else if (is_piece(size_class)) {
    unmake_segment(segment);
    if (std::byte* const whole = pieces.give(segment)) release(make_segment(whole, kWholeClass));
  } else {
    unmake_segment(segment);
    unmap_pages(segment.low - geometry.guard_bytes, geometry.slot_bytes);
  }
}

Segment* pop(FreeList& list) noexcept {
  Segment* const segment = list.head;
  list.head = segment->next_free;
  __atomic_store_n(&list.room, list.room + 1, __ATOMIC_RELAXED);
  return segment;
}

void push(FreeList& list, Segment& segment) noexcept {
  segment.next_free = list.head;
  list.head = &segment;
  __atomic_store_n(&list.room, list.room - 1, __ATOMIC_RELAXED);
}

// Gives all but `kept` of a list to the depot in one go, or to the system.
void shorten(unsigned size_class, std::int32_t kept) noexcept {
  FreeList& list = free_segments()[size_class];
  Segment* chain = nullptr;
  while (list.capacity - list.room > kept) {
    Segment* const segment = pop(list);
    if (geometry_of(size_class).slab_bytes == 0) {
      release(*segment);
    } else {
      segment->next_free = std::exchange(chain, segment);
    }
  }
  if (chain != nullptr) depots[size_class].give(chain);
}

ThreadLists::~ThreadLists() {
  for (unsigned size_class = 0; size_class < kClasses; ++size_class) shorten(size_class, 0);
  thread_ended = true;
  const std::lock_guard guard(registry.mutex);
  for (unsigned size_class = 0; size_class < kClasses; ++size_class) {
    registry.taken_by_ended[size_class] += free_segments()[size_class].taken;
    free_segments()[size_class] = {};
  }
  (previous != nullptr ? previous->next : registry.first) = next;
  if (next != nullptr) next->previous = previous;
}

void register_thread() noexcept {
  if (thread_ended) return;
  // Made when the thread first runs out, so that a thread which runs no fiber pays nothing.
  thread_local const ThreadLists lists;
  static_cast<void>(lists);
}

[[nodiscard]] Segment* map_segment(unsigned size_class, MappingFailure& failure) noexcept {
  const std::size_t bytes = geometry_of(size_class).slot_bytes;
  std::byte* const memory = map_pages(bytes, kHugePageBytes, failure);
  if (memory == nullptr) return nullptr;
  ::madvise(memory, bytes, MADV_HUGEPAGE);
  return &make_segment(memory, size_class);
}

[[nodiscard]] Segment* cut_segment(unsigned size_class, MappingFailure& failure) noexcept {
  std::byte* memory = nullptr;
  CutSegment* cut = nullptr;
  while ((cut = pieces.take(size_class, memory)) == nullptr) {
    Segment* const whole = map_segment(kWholeClass, failure);
    if (whole == nullptr) return nullptr;
    unmake_segment(*whole);
    if (!pieces.add(*whole)) {
      release(make_segment(whole->low, kWholeClass));
      failure = {"memory for the record of a stack's segments", ENOMEM};
      return nullptr;
    }
  }
  Segment& piece = make_segment(memory, size_class);
  piece.cut_from = cut;
  return &piece;
}

}  // namespace

Segment& make_segment(std::byte* memory, unsigned size_class) noexcept {
  const Geometry& geometry = geometry_of(size_class);
  single_segments[size_class].fetch_add(1, std::memory_order_relaxed);
  Segment& segment = *::new (&segment_in(memory, geometry)) Segment;
  segment.low = memory + geometry.guard_bytes;
  segment.known_to_valgrind.begin(segment.low, reinterpret_cast<std::byte*>(&segment));
  segment.size_class = size_class;
  segment.attend = size_class >= kHugeClass ? kIsHuge : 0;
  segment.limit = (reinterpret_cast<std::uintptr_t>(segment.low) + geometry.margin) | size_class;
  return segment;
}

void unmake_segment(Segment& segment) noexcept {
  single_segments[segment.size_class].fetch_sub(1, std::memory_order_relaxed);
  segment.known_to_valgrind.end();
}

Segment* take_segment_slow(unsigned size_class, MappingFailure& failure) noexcept {
  register_thread();
  FreeList& list = free_segments()[size_class];
  if (list.head != nullptr) return pop(list);
  const Geometry& geometry = geometry_of(size_class);
  if (is_piece(size_class)) return cut_segment(size_class, failure);
  if (geometry.slab_bytes == 0) return map_segment(size_class, failure);
  // New ones few at a time: a header is written into each, which makes its page resident.
  constexpr std::size_t kFreshBytes = std::size_t{64} << 10;
  constexpr std::size_t kUsed = 64;
  const std::size_t most = std::max<std::uint32_t>(geometry.cached / 2, 1);
  const SlabDepot::Batch batch{
      .used = std::min(kUsed, most),
      .fresh = std::clamp<std::size_t>(kFreshBytes / geometry.slot_bytes, 1, most)};
  std::size_t taken = 0;
  Segment* const chain = depots[size_class].take(size_class, batch, taken, failure);
  if (chain == nullptr) return nullptr;
  list.head = chain->next_free;
  __atomic_store_n(&list.room, list.room - static_cast<std::int32_t>(taken - 1), __ATOMIC_RELAXED);
  return chain;
}

void give_segment_slow(Segment& segment) noexcept {
  const unsigned size_class = segment.size_class;
  FreeList& list = free_segments()[size_class];
  register_thread();
  if (list.capacity == 0 || (segment.attend & kIsReserved) != 0) return release(segment);
  // A fiber that comes back from far down leaves one large segment behind, not all of them.
  if (size_class >= kHugeClass && size_class < kLargestClass) shorten(size_class + 1, 0);
  if (list.room <= 0) shorten(size_class, list.capacity / 2);
  push(list, segment);
}

void give_segment_later(Segment& segment) noexcept {
  push(free_segments()[segment.size_class], segment);
}

void settle_segments() noexcept {
  for (unsigned size_class = 0; size_class < kClasses; ++size_class) {
    const FreeList& list = free_segments()[size_class];
    const bool is_too_large = size_class > kHugeClass && size_class <= kLargestClass;
    const bool is_reserve = size_class == kReserveClass && !is_reserve_whole();
    const std::int32_t kept = is_too_large || is_reserve ? 0 : list.capacity;
    if (list.capacity - list.room > kept) shorten(size_class, kept);
  }
}

void trim_segments() noexcept {
  for (unsigned size_class = 0; size_class < kClasses; ++size_class) {
    shorten(size_class, 0);
    depots[size_class].trim();
  }
}

SegmentCounts segment_counts(unsigned first, unsigned last) noexcept {
  SegmentCounts counts{};
  for (unsigned size_class = first; size_class <= last; ++size_class) {
    std::uint64_t out = depots[size_class].slots_out() +
                        single_segments[size_class].load(std::memory_order_relaxed);
    const std::lock_guard guard(registry.mutex);
    counts.taken += registry.taken_by_ended[size_class];
    for (const ThreadLists* thread = registry.first; thread != nullptr; thread = thread->next) {
      const FreeList& list = thread->lists[size_class];
      counts.taken += __atomic_load_n(&list.taken, __ATOMIC_RELAXED);
      const std::int64_t kept = list.capacity - __atomic_load_n(&list.room, __ATOMIC_RELAXED);
      out -= std::min(out, static_cast<std::uint64_t>(std::max<std::int64_t>(kept, 0)));
    }
    counts.in_use += out;
    counts.bytes_in_use += out * geometry_of(size_class).slot_bytes;
  }
  return counts;
}

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
