// Page mappings: memory for stacks from the system, and guards in it. Used by the slab depot and
// the segment pool, of every policy.
//
// Nothing here throws: it is called while a stack grows. Failures come back as what was tried and
// errno.
#pragma once

#include <cstddef>
#include <cstdint>

namespace twofold {
inline namespace stackful {
namespace stack_memory {

/// Why memory for a stack could not be had.
struct MappingFailure {
  const char* operation = nullptr;  ///< with what to do about it; null: no failure
  int error = 0;                    ///< errno
};

/// Private zeroed pages, aligned to `alignment` (a power of two); null and `failure` filled
/// otherwise.
[[nodiscard]] std::byte* map_pages(std::size_t bytes, std::size_t alignment,
                                   MappingFailure& failure) noexcept;
void unmap_pages(std::byte* pages, std::size_t bytes) noexcept;

/// Makes `count` regions of `bytes`, `stride` apart, fault when touched. By MADV_GUARD_INSTALL
/// (Linux 6.13), which costs no mapping, so that a million guarded stacks lie in a few mappings; by
/// mprotect where the kernel does not know it, which ends at vm.max_map_count. Gives a record to
/// hand to forget_guards(), or null and `failure`.
struct GuardedRange;
[[nodiscard]] GuardedRange* install_guards(std::byte* first, std::size_t stride, std::size_t count,
                                           std::size_t bytes, MappingFailure& failure) noexcept;
/// The mapping that they lie in is about to go.
void forget_guards(GuardedRange& range) noexcept;

/// Whether `address` lies in a guard that was installed. May be called from a signal handler.
[[nodiscard]] bool in_guard(const void* address) noexcept;

struct MappingCounts {
  std::uint64_t bytes_mapped;
  std::uint64_t bytes_peak;
  std::uint64_t guards;
};
[[nodiscard]] MappingCounts mapping_counts() noexcept;

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
