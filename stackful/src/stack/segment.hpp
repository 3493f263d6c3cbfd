// Segment: one contiguous piece of stack memory. Shared by all stack policies and by morestack.S.
//
//     slot        low              limit                                      top = header     end
//      | guard    | margin for code | frames, growing down from the header ... | Segment, 64 B  |
//      | (if any) | without a check |                                          |                |
//
// The header stands at the top, on memory that is touched first anyway. A paged or fixed stack is
// one segment without a limit. A fiber on segmented stacks has several, each grown from the one
// before.
//
// A stack limit (%fs:0x70) is a multiple of 64 whose low six bits tell the segment's class, and
// with it size and margin: everything about the current segment follows from the limit alone, and a
// switch has nothing else to save. Code that compares its stack pointer with the limit does not
// notice the bits.
//
// Margin. gcc lets a function with a frame below 256 bytes run on when its stack pointer is above
// the limit, so that up to 256 bytes below it are used; a leaf's red zone takes 128 more, or a call
// of __morestack some 90. Larger segments add room for short calls that nobody checks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stack/known_to_valgrind.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

struct AllocaBlock;
struct CutSegment;

/// The first fields are known to morestack.S.
struct alignas(64) Segment {
  Segment* next_free = nullptr;  ///< in a pool
  std::uintptr_t limit = 0;      ///< what %fs:0x70 is while it is the current one
  std::uintptr_t previous = 0;   ///< the limit of the segment that it was grown from
  std::uint32_t size_class = 0;
  std::uint32_t attend = 0;              ///< kIsHuge and others: more than a push to give it back
  AllocaBlock* alloca_blocks = nullptr;  ///< memory of alloca() calls that did not fit
  std::byte* low = nullptr;              ///< the lowest usable byte
  CutSegment* cut_from = nullptr;        ///< a piece: what it is a piece of (piece_depot.hpp)
  [[no_unique_address]] KnownToValgrind known_to_valgrind;
};
static_assert(sizeof(Segment) == 64);
static_assert(offsetof(Segment, limit) == 8 && offsetof(Segment, previous) == 16 &&
              offsetof(Segment, size_class) == 24 && offsetof(Segment, attend) == 28);

inline constexpr std::uint32_t kIsHuge = 1;
inline constexpr std::uint32_t kHasAllocaBlocks = 2;
inline constexpr std::uint32_t kIsReserved = 4;  ///< it belongs to the reserve

/// Where the segments of one class lie.
struct Geometry {
  std::size_t slot_bytes;   ///< from one segment to the next: guard, margin, frames and header
  std::size_t margin;       ///< from `low` to the limit
  std::size_t guard_bytes;  ///< 0, or pages that must not be touched below `low`
  std::size_t slab_bytes;   ///< a power of two: many slots to a mapping; 0: a mapping for each
  std::uint32_t cached;     ///< free ones that a thread keeps to itself
  bool huge_pages;          ///< from the third slab on: for slots that are used densely
  bool checked;             ///< the limit is compared with; otherwise it is 0
};

inline constexpr std::size_t kPageBytes = 4096;

inline constexpr unsigned kFirstClass = 0;
/// Class k of 1..kLargestClass has 2 KiB << (k - 1): 2 KiB to 1 GiB.
inline constexpr unsigned kLargestClass = 20;
/// 256 KiB with a guard, for code that does not check.
inline constexpr unsigned kForeignClass = 21;
inline constexpr unsigned kClasses = 22;
inline constexpr std::size_t kForeignBytes = std::size_t{256} << 10;
/// Classes from here on (1 MiB) are given back to the system as a fiber returns from them.
inline constexpr unsigned kHugeClass = 10;

/// The policy's own: segmented_stack.cpp, mapped_stack.cpp.
[[nodiscard]] const Geometry& geometry_of(unsigned size_class) noexcept;

[[nodiscard]] constexpr unsigned class_of(std::uintptr_t limit) noexcept {
  return static_cast<unsigned>(limit & 63);
}
[[nodiscard]] constexpr std::size_t usable_bytes(const Geometry& geometry) noexcept {
  return geometry.slot_bytes - geometry.guard_bytes - geometry.margin - sizeof(Segment);
}
/// The header of the segment with that limit.
[[nodiscard]] inline Segment& segment_of(std::uintptr_t limit) noexcept {
  return *reinterpret_cast<Segment*>((limit & ~std::uintptr_t{63}) +
                                     usable_bytes(geometry_of(class_of(limit))));
}
[[nodiscard]] inline Segment& segment_in(std::byte* slot, const Geometry& geometry) noexcept {
  return *reinterpret_cast<Segment*>(slot + geometry.slot_bytes - sizeof(Segment));
}

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
