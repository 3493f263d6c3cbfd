// Where this thread's stack stands, about.
#pragma once

#include <cstdint>

namespace twofold::detail {

/// An address within the running function's frame. Reading the register itself spares a frame
/// pointer, which __builtin_frame_address makes of its function's frame.
[[nodiscard, gnu::always_inline]] inline std::uintptr_t stack_pointer() noexcept {
#if defined(__x86_64__)
  std::uintptr_t pointer;
  asm("movq %%rsp, %0" : "=r"(pointer));
  return pointer;
#else
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
#endif
}

/// Whether it stands above `limit`. One instruction, which compares the register itself.
[[nodiscard, gnu::always_inline]] inline bool stack_is_above(const std::uintptr_t& limit) noexcept {
#if defined(__x86_64__)
  bool is_above;
  asm("cmpq %1, %%rsp" : "=@cca"(is_above) : "m"(limit));
  return is_above;
#else
  return stack_pointer() > limit;
#endif
}

}  // namespace twofold::detail
