// The segmented policy: the sizes of segments, its limit and its counts.
//
// How stacks are taken and given back is in segmented_seam.cpp, growth in morestack.S and
// segment_growth.cpp. This file is compiled without split stacks.
#include <array>
#include <atomic>

#include "stack/segment_pool.hpp"
#include "stack/segmented_limits.hpp"
#include "twofold/stackful/stack.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kSlabBytes = 2048 * kKiB;  // a huge page
constexpr std::size_t kSmallSlabBytes = 512 * kKiB;

// What the first frames take, down to the last switch of a fiber that has called nothing else: one
// that grew there would never come back to give the segment back. More in builds with assertions,
// which are those without optimization.
#if defined(NDEBUG)
constexpr std::size_t kFirstFrames = 256;
#else
constexpr std::size_t kFirstFrames = 768;
#endif
// An odd number of cache lines, so that the tops of neighbours, which are what parked fibers use,
// fall into different sets of the cache.
constexpr std::size_t kFirstBytes = 15 * 64 + kFirstFrames;
constexpr std::size_t kSmallMargin = 384;

constexpr std::array<Geometry, kClasses> make_geometries() {
  std::array<Geometry, kClasses> all{};
  all[kFirstClass] = {.slot_bytes = kFirstBytes,
                      .margin = kSmallMargin,
                      .guard_bytes = 0,
                      .slab_bytes = kSlabBytes,
                      .cached = 2048,
                      .huge_pages = true,
                      .checked = true};
  for (unsigned size_class = 1; size_class <= kLargestClass; ++size_class) {
    constexpr std::size_t kLargestInSlab = 32 * kKiB;
    constexpr std::size_t kCachedBytes = 512 * kKiB;
    const std::size_t bytes = 2 * kKiB << (size_class - 1);
    all[size_class] = {.slot_bytes = bytes,
                       .margin = bytes <= 4 * kKiB    ? kSmallMargin
                                 : bytes <= 16 * kKiB ? kKiB
                                                      : 4 * kKiB,
                       .guard_bytes = 0,
                       .slab_bytes = bytes <= kLargestInSlab ? kSmallSlabBytes : 0,
                       .cached = bytes >= kCachedBytes ? 1U
                                 : bytes <= 8 * kKiB
                                     ? 64U
                                     : static_cast<std::uint32_t>(kCachedBytes / bytes),
                       .huge_pages = false,
                       .checked = true};
  }
  // What is left of the page of the header is margin.
  constexpr std::size_t kForeignMargin = kPageBytes - sizeof(Segment);
  all[kForeignClass] = {.slot_bytes = kPageBytes + kForeignMargin + kForeignBytes + sizeof(Segment),
                        .margin = kForeignMargin,
                        .guard_bytes = kPageBytes,
                        .slab_bytes = kSlabBytes,
                        .cached = 64,
                        .huge_pages = false,
                        .checked = true};
  return all;
}
constexpr std::array<Geometry, kClasses> kGeometries = make_geometries();
static_assert(usable_bytes(kGeometries[kForeignClass]) == kForeignBytes);
static_assert(kGeometries[kForeignClass].slot_bytes % kPageBytes == 0);

static_assert(usable_bytes(kGeometries[kFirstClass]) >= kTaskBytes + kFirstFrames);

// The largest class that a fiber may reach one by one within `limit`.
constexpr std::uint32_t last_class_within(std::size_t limit) {
  std::uint32_t last = kFirstClass;
  std::size_t sum = kGeometries[kFirstClass].slot_bytes;
  while (last < kLargestClass && sum + kGeometries[last + 1].slot_bytes <= limit) {
    sum += kGeometries[++last].slot_bytes;
  }
  return last;
}

constexpr std::size_t kDefaultLimit = std::size_t{64} << 20;
std::atomic<std::size_t> limit_bytes{kDefaultLimit};
std::atomic<std::uint64_t> slow_growths{0};
std::atomic<std::uint64_t> deepest_bytes{0};

constexpr std::array<std::uint64_t, kClasses> make_usable_bytes() {
  std::array<std::uint64_t, kClasses> all{};
  for (unsigned size_class = 0; size_class < kClasses; ++size_class) {
    all[size_class] = usable_bytes(kGeometries[size_class]);
  }
  return all;
}

}  // namespace

// Known to morestack.S: the largest class that it may take without asking whether the fiber's limit
// allows it; and from a segment's limit to its header, by class.
extern "C" {
[[gnu::visibility("hidden")]] extern constinit std::uint32_t twofold_fast_class;
constinit std::uint32_t twofold_fast_class = last_class_within(kDefaultLimit);
[[gnu::visibility("hidden")]] extern const std::array<std::uint64_t, kClasses> twofold_usable_bytes;
constexpr std::array<std::uint64_t, kClasses> twofold_usable_bytes = make_usable_bytes();
}

const Geometry& geometry_of(unsigned size_class) noexcept { return kGeometries[size_class]; }

unsigned class_for_task(std::size_t task_bytes) noexcept {
  const std::size_t allowed = stack_limit();
  unsigned size_class = kFirstClass + 1;
  while (size_class <= kLargestClass &&
         usable_bytes(kGeometries[size_class]) - kFirstFrames < task_bytes) {
    ++size_class;
  }
  return size_class <= kLargestClass && kGeometries[size_class].slot_bytes <= allowed
             ? size_class
             : kLargestClass + 1;
}

void note_growth(std::size_t bytes) noexcept {
  slow_growths.fetch_add(1, std::memory_order_relaxed);
  std::uint64_t deepest = deepest_bytes.load(std::memory_order_relaxed);
  while (bytes > deepest &&
         !deepest_bytes.compare_exchange_weak(deepest, bytes, std::memory_order_relaxed)) {
  }
}

}  // namespace stack_memory

void trim_stacks() noexcept { stack_memory::trim_segments(); }

std::size_t stack_bytes_of(const Stack& stack, const void* limit) noexcept {
  if (limit == nullptr) limit = stack.limit;
  return stack_memory::bytes_of_chain(reinterpret_cast<std::uintptr_t>(limit));
}

StackMetrics stack_metrics() noexcept {
  using namespace stack_memory;
  const SegmentCounts first = segment_counts(kFirstClass, kFirstClass);
  const SegmentCounts further = segment_counts(kFirstClass + 1, kForeignClass);
  const SegmentCounts foreign = segment_counts(kForeignClass, kForeignClass);
  const MappingCounts mapped = mapping_counts();
  const std::uint64_t slow = slow_growths.load(std::memory_order_relaxed);
  return {.stacks = first.in_use,
          .first_segment_bytes = kGeometries[kFirstClass].slot_bytes,
          .further_segments = further.in_use,
          .bytes_in_use = first.bytes_in_use + further.bytes_in_use,
          .growths = slow,
          .spare_hits = further.taken - foreign.taken,
          .foreign_calls = foreign.taken,
          .deepest_bytes = deepest_bytes.load(std::memory_order_relaxed),
          .bytes_mapped = mapped.bytes_mapped,
          .bytes_peak = mapped.bytes_peak,
          .guards = mapped.guards};
}

const char* stack_policy() noexcept { return "segmented"; }

void set_stack_limit(std::size_t bytes) {
  using namespace stack_memory;
  limit_bytes.store(bytes, std::memory_order_relaxed);
  __atomic_store_n(&twofold_fast_class, last_class_within(bytes), __ATOMIC_RELAXED);
}
std::size_t stack_limit() noexcept {
  return stack_memory::limit_bytes.load(std::memory_order_relaxed);
}

}  // namespace stackful
}  // namespace twofold
