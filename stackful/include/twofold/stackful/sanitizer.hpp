// What AddressSanitizer and ThreadSanitizer must be told of a switch between stacks. Nothing, and
// no size, where neither is on, so that the switch itself needs no conditions.
#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TWOFOLD_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define TWOFOLD_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(TWOFOLD_ASAN)
#define TWOFOLD_ASAN 1
#endif

#if defined(TWOFOLD_ASAN)
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(TWOFOLD_TSAN)
#include <sanitizer/tsan_interface.h>
/// ThreadSanitizer counts the calls and returns of each fiber on a stack of its own. A function
/// that is entered on one fiber and left on another, or never, must not be counted.
#define TWOFOLD_UNCOUNTED __attribute__((disable_sanitizer_instrumentation))
#else
#define TWOFOLD_UNCOUNTED
#endif

namespace twofold {
inline namespace stackful {
namespace fiber {

#if defined(TWOFOLD_ASAN)
struct SanitizerFiber {
  void* fake_stack = nullptr;
  const void* low = nullptr;
  std::size_t bytes = 0;

  void create(const void* stack_low, std::size_t stack_bytes) noexcept {
    low = stack_low;
    bytes = stack_bytes;
  }
  void destroy() noexcept {}
  /// Just before leaving `from` for `to`. `for_good`: `from` will not run again.
  static void before_switch(SanitizerFiber& from, SanitizerFiber& to, bool for_good) noexcept {
    __sanitizer_start_switch_fiber(for_good ? nullptr : &from.fake_stack, to.low, to.bytes);
  }
  /// First thing in the fiber that was switched to.
  static void after_switch(SanitizerFiber& now) noexcept {
    __sanitizer_finish_switch_fiber(now.fake_stack, nullptr, nullptr);
  }
  /// The thread's own stack.
  void adopt_thread() noexcept {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    void* address = nullptr;
    pthread_attr_getstack(&attributes, &address, &bytes);
    low = address;
    pthread_attr_destroy(&attributes);
  }
};
#elif defined(TWOFOLD_TSAN)
struct SanitizerFiber {
  void* handle = nullptr;

  void create(const void*, std::size_t) noexcept { handle = __tsan_create_fiber(0); }
  void destroy() noexcept { __tsan_destroy_fiber(handle); }
  TWOFOLD_UNCOUNTED static void before_switch(SanitizerFiber&, SanitizerFiber& to, bool) noexcept {
    __tsan_switch_to_fiber(to.handle, 0);
  }
  static void after_switch(SanitizerFiber&) noexcept {}
  void adopt_thread() noexcept { handle = __tsan_get_current_fiber(); }
};
#else
struct SanitizerFiber {
  void create(const void*, std::size_t) noexcept {}
  void destroy() noexcept {}
  static void before_switch(SanitizerFiber&, SanitizerFiber&, bool) noexcept {}
  static void after_switch(SanitizerFiber&) noexcept {}
  void adopt_thread() noexcept {}
};
#endif

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
