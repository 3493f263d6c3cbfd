// signal_handler: makes a function fit to handle signals on threads that run tasks.
//
// A handler that was compiled for segmented stacks compares its stack pointer with the limit of
// whatever the signal interrupted. It runs on the thread's alternate stack, to which that limit
// does not apply: it would take a segment, in the middle of anything. So the limit is put aside
// while it runs. Where stacks have one size that changes nothing.
#pragma once

#include <cstdint>

namespace twofold {
namespace detail {

/// Puts the thread's stack limit aside; what runs meanwhile must not be on a fiber's stack. For
/// functions that are marked no_split_stack themselves.
class UncheckedStack {
 public:
#if defined(__x86_64__)
  [[gnu::always_inline]] UncheckedStack() noexcept {
    asm volatile("movq %%fs:0x70, %0\n\tmovq $0, %%fs:0x70" : "=r"(limit_) : : "memory");
  }
  [[gnu::always_inline]] ~UncheckedStack() {
    asm volatile("movq %0, %%fs:0x70" : : "r"(limit_) : "memory");
  }
#else
  UncheckedStack() noexcept = default;
#endif
  UncheckedStack(const UncheckedStack&) = delete;
  UncheckedStack& operator=(const UncheckedStack&) = delete;

 private:
  std::uintptr_t limit_ = 0;
};

template <class Handler, Handler handler>
struct SignalHandler;
template <class... Args, bool kNothrow, void (*handler)(Args...) noexcept(kNothrow)>
struct SignalHandler<void (*)(Args...) noexcept(kNothrow), handler> {
  [[gnu::no_split_stack]] static void run(Args... args);
};
template <class... Args, bool kNothrow, void (*handler)(Args...) noexcept(kNothrow)>
void SignalHandler<void (*)(Args...) noexcept(kNothrow), handler>::run(Args... args) {
  const UncheckedStack unchecked;
  handler(args...);
}

}  // namespace detail

/// `handler`, a function of your own, as what sigaction() takes:
///
///     action.sa_handler = twofold::signal_handler<&on_usr1>;
///     action.sa_flags = SA_ONSTACK;  // always: a fiber has no room for a signal's frame
///
/// Threads that run tasks have an alternate stack of 64 KiB. The handler may do what POSIX lets
/// handlers do, and must not await. Handlers of libraries compiled without segmented stacks need
/// SA_ONSTACK alone.
template <auto handler>
inline constexpr auto signal_handler = &detail::SignalHandler<decltype(handler), handler>::run;

}  // namespace twofold
