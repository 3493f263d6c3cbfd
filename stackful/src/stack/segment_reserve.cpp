// SegmentReserve: memory for so many segments. What is out for long is replaced as soon as the
// system has memory again, and goes back to the system when it returns.
#include "stack/segment_reserve.hpp"

#include <sys/mman.h>

#include <mutex>

#include "stack/segment_pool.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

extern "C" {
constinit std::uint32_t twofold_reserve_missing = kReserved;
}

namespace {

constinit std::mutex mutex;  // guards `reserve`, and writes to twofold_reserve_missing
constinit std::byte* reserve[kReserved] = {};

[[nodiscard]] std::uint32_t held() noexcept { return kReserved - twofold_reserve_missing; }

void set_held(std::uint32_t count) noexcept {
  __atomic_store_n(&twofold_reserve_missing, kReserved - count, __ATOMIC_RELAXED);
}

}  // namespace

bool fill_reserve(MappingFailure& failure) noexcept {
  const std::size_t slot_bytes = geometry_of(kReserveClass).slot_bytes;
  const std::lock_guard guard(mutex);
  const std::size_t bytes = twofold_reserve_missing * slot_bytes;
  if (bytes == 0) return true;
  std::byte* const memory = map_pages(bytes, kPageBytes, failure);
  if (memory == nullptr) return false;
  ::madvise(memory, bytes, MADV_NOHUGEPAGE);
  for (std::size_t at = 0; at < bytes; at += slot_bytes) {
    reserve[held()] = memory + at;
    set_held(held() + 1);
  }
  return true;
}

Segment* take_reserved() noexcept {
  const std::lock_guard guard(mutex);
  if (held() == 0) return nullptr;
  set_held(held() - 1);
  Segment& segment = make_segment(reserve[held()], kReserveClass);
  segment.attend = kIsReserved;
  return &segment;
}

void give_reserved(Segment& segment) noexcept {
  unmake_segment(segment);
  std::byte* const memory = segment.low;
  const std::lock_guard guard(mutex);
  if (held() == kReserved) return unmap_pages(memory, geometry_of(kReserveClass).slot_bytes);
  reserve[held()] = memory;
  set_held(held() + 1);
}

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
