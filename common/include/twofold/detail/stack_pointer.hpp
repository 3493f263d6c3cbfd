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

}  // namespace twofold::detail
