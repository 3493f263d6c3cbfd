// Segment: one piece of a segmented stack. Shared by segmented_stack.cpp and morestack.S.
//
//     low                         limit                                        header top
//      | margin: for code that does | frames, growing down from the header ... | Segment (64 bytes)
//      | | not check (see below)      |                                          | |
//
// The header stands at the top, on memory that is touched first anyway. A stack limit is a multiple
// of 64 whose low six bits tell the segment's class, and with it size and margin: so everything
// about the current segment follows from %fs:0x70, and a switch has nothing else to save.
//
// Class 0 is a first segment: smaller than a page, from a slab. Class k > 0 has 8 KiB << (k - 1).
//
// Margin of a first segment (576 bytes): 256 that gcc lets a small frame use below the limit
// without asking, and what __morestack saves there. Of the others: 4 KiB, so that calls through
// pointers into code that was not compiled for segmented stacks have room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace twofold {
inline namespace stackful {
namespace fiber {

struct AllocaBlock;

struct Segment {
  Segment* next_free;    // offset 0: in a pool
  std::uintptr_t limit;  // offset 8: what %fs:0x70 is while it is the current one, class included
  std::uintptr_t previous;     // offset 16: the limit of the segment that it grew from
  AllocaBlock* alloca_blocks;  // offset 24: memory of alloca() calls that did not fit
  std::uint64_t unused[4];
};
static_assert(sizeof(Segment) == 64);

inline constexpr std::size_t kFirstSegmentBytes = 1536;
inline constexpr std::size_t kFirstMargin = 576;
inline constexpr std::size_t kMargin = 4096;
inline constexpr std::size_t kSmallestSegment = 8192;
inline constexpr unsigned kClasses = 16;  // class 15: 128 MiB
inline constexpr unsigned kPooledClasses =
    6;  // classes 1 to 6, up to 256 KiB, are pooled without a call
inline constexpr unsigned kForeignClass = 5;  // 128 KiB: for code that does not check

[[nodiscard]] constexpr unsigned class_of(std::uintptr_t limit) noexcept {
  return static_cast<unsigned>(limit & 63);
}
[[nodiscard]] constexpr std::size_t segment_bytes(unsigned size_class) noexcept {
  return size_class == 0 ? kFirstSegmentBytes : kSmallestSegment << (size_class - 1);
}
[[nodiscard]] constexpr std::size_t margin_of(unsigned size_class) noexcept {
  return size_class == 0 ? kFirstMargin : kMargin;
}
[[nodiscard]] inline std::byte* low_of(std::uintptr_t limit) noexcept {
  return reinterpret_cast<std::byte*>((limit & ~std::uintptr_t{63}) - margin_of(class_of(limit)));
}
[[nodiscard]] inline Segment* segment_of(std::uintptr_t limit) noexcept {
  return reinterpret_cast<Segment*>(low_of(limit) + segment_bytes(class_of(limit)) -
                                    sizeof(Segment));
}

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
