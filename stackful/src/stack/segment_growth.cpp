// What morestack.S asks for when its fast path does not do: further segments, their release, memory
// for alloca.
//
// All but the personality run on the worker's own stack, with the stack limit at 0, so that they
// may call anything. This file is compiled without split stacks.
#include <unwind.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "stack/overflow.hpp"
#include "stack/segment_pool.hpp"
#include "stack/segment_reserve.hpp"
#include "stack/segmented_limits.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

struct alignas(16) AllocaBlock {
  AllocaBlock* next;
  std::uintptr_t stack_pointer;  // of the function that asked
};

extern "C" {
[[gnu::used]] constinit thread_local bool twofold_unsettled_segments = false;
}

namespace {

[[nodiscard]] std::uintptr_t live_limit() noexcept {
  std::uintptr_t limit = 0;
  asm volatile("movq %%fs:0x70, %0" : "=r"(limit));
  return limit;
}
void set_live_limit(std::uintptr_t limit) noexcept {
  asm volatile("movq %0, %%fs:0x70" ::"r"(limit) : "memory");
}

void settle() noexcept {
  if (std::exchange(*unsettled_segments(), false)) settle_segments();
}

void free_alloca_blocks(Segment& segment) noexcept {
  while (AllocaBlock* const block = segment.alloca_blocks) {
    segment.alloca_blocks = block->next;
    std::free(block);
  }
  segment.attend &= ~kHasAllocaBlocks;
}

}  // namespace

std::size_t bytes_of_chain(std::uintptr_t limit) noexcept {
  std::size_t bytes = 0;
  for (; limit != 0; limit = segment_of(limit).previous) {
    bytes += geometry_of(class_of(limit)).slot_bytes;
  }
  return bytes;
}

// A segment with room for `wanted` bytes below the one of `old_limit`; `foreign`: for code that
// does not check.
extern "C" Segment* twofold_segment_grow(std::size_t wanted, std::uintptr_t old_limit,
                                         bool foreign) noexcept {
  settle();
  const unsigned old_class = class_of(old_limit);
  const std::size_t needed = wanted + (foreign ? kForeignBytes / 2 : 0);
  unsigned size_class = kForeignClass;
  if (!foreign || needed > usable_bytes(geometry_of(kForeignClass))) {
    constexpr unsigned kAfterForeign = 9;  // 512 KiB
    size_class =
        old_class == kForeignClass ? kAfterForeign : std::min(old_class + 1, kLargestClass);
    while (size_class < kLargestClass && usable_bytes(geometry_of(size_class)) < needed)
      ++size_class;
  }
  const std::size_t used = bytes_of_chain(old_limit);
  const std::size_t allowed = stack_limit();
  // Near the limit a segment may be smaller than the last, as long as it does.
  while (size_class > 1 && size_class <= kLargestClass &&
         used + geometry_of(size_class).slot_bytes > allowed &&
         usable_bytes(geometry_of(size_class - 1)) >= needed) {
    --size_class;
  }
  const Geometry& geometry = geometry_of(size_class);
  if (usable_bytes(geometry) < needed || used + geometry.slot_bytes > allowed) {
    stop_for_overflow({.reason = "it has reached its limit",
                       .used_bytes = used,
                       .wanted_bytes = wanted,
                       .limit_bytes = allowed});
  }
  MappingFailure failure;
  Segment* segment = take_segment(size_class, failure);
  const Geometry& reserve = geometry_of(kReserveClass);
  if (segment == nullptr && usable_bytes(reserve) >= needed &&
      used + reserve.slot_bytes <= allowed) {
    segment = take_reserved();
  }
  if (segment == nullptr) {
    stop_for_overflow({.reason = failure.operation,
                       .error = failure.error,
                       .used_bytes = used,
                       .wanted_bytes = wanted,
                       .limit_bytes = allowed});
  }
  note_growth(used + geometry_of(segment->size_class).slot_bytes);
  segment->previous = old_limit;
  return segment;
}

extern "C" void twofold_segment_release(Segment& segment) noexcept {
  settle();
  free_alloca_blocks(segment);
  give_segment_slow(segment);
}

// The personality of __morestack's frames: as an exception passes one, the segment above it is
// left. Nothing lands there, so that nothing has to be resumed, and an exception costs no more for
// the segments it crosses. The unwinder goes on running on the segment that it began on and still
// reads registers which frames on the left ones saved: their memory stays as it is until the
// unwinder has gone. User code, the only one to take segments, runs again no sooner.
extern "C" _Unwind_Reason_Code twofold_segment_personality(int, _Unwind_Action actions,
                                                           _Unwind_Exception_Class,
                                                           _Unwind_Exception*,
                                                           _Unwind_Context*) noexcept {
  if ((actions & _UA_CLEANUP_PHASE) != 0) {
    Segment& segment = segment_of(live_limit());
    const std::uintptr_t previous = segment.previous;
    if (segment.alloca_blocks != nullptr) {
      // In place: a hop would take a segment, which may be one that the unwinder stands on.
      set_live_limit(0);
      free_alloca_blocks(segment);
    }
    set_live_limit(previous);
    *unsettled_segments() = true;
    give_segment_later(segment);
  }
  return _URC_CONTINUE_UNWIND;
}

// alloca() and variable-length arrays that do not fit: memory that goes with the segment, or at the
// next such call of a frame further up, whichever is first.
extern "C" void* twofold_segment_alloca(std::size_t bytes, std::uintptr_t limit,
                                        std::uintptr_t stack_pointer) noexcept {
  settle();
  Segment& segment = segment_of(limit);
  while (segment.alloca_blocks != nullptr && segment.alloca_blocks->stack_pointer < stack_pointer) {
    std::free(std::exchange(segment.alloca_blocks, segment.alloca_blocks->next));
  }
  const std::size_t used = bytes_of_chain(limit);
  void* const memory = bytes > stack_limit() - std::min(used, stack_limit())
                           ? nullptr
                           : std::malloc(sizeof(AllocaBlock) + bytes + 16);
  if (memory == nullptr) {
    stop_for_overflow({.reason = "alloca() asks for more than it may have",
                       .used_bytes = used,
                       .wanted_bytes = bytes,
                       .limit_bytes = stack_limit()});
  }
  segment.alloca_blocks = ::new (memory) AllocaBlock{segment.alloca_blocks, stack_pointer};
  segment.attend |= kHasAllocaBlocks;
  return static_cast<std::byte*>(memory) + sizeof(AllocaBlock);
}

void release_chain_end(Segment& first) noexcept {
  settle();
  if (first.alloca_blocks != nullptr) [[unlikely]]
    free_alloca_blocks(first);
}

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
