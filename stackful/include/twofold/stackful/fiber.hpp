// Fiber: a flow of control with a stack of its own, and the switch between two of them.
//
// Used by tasks (StackfulTask) and by async(f) calls, which are fibers that a poll enters. A fiber
// is left by switching to another one; the switch saves what the ABI lets a callee keep, the
// thread's stack limit (segmented stacks) and the C++ exception state, and nothing else: not the
// signal mask, not the floating-point control words, not errno.
//
//     not started --enter--> running --leave--> parked --enter--> running --returns--> finished
//
// Everything but the flags is written by the thread that runs the fiber, or that switches to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>

#include "twofold/detail/this_thread_address.hpp"
#include "twofold/executor/executor.hpp"
#include "twofold/stackful/sanitizer.hpp"
#include "twofold/stackful/stack.hpp"
#include "twofold/task/header.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {

using twofold::detail::Executor;
using twofold::detail::TaskHeader;

/// What libstdc++ keeps for each thread about exceptions in flight (__cxa_eh_globals of the Itanium
/// C++ ABI). Belongs to a flow of control, so it follows the fiber.
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;
  unsigned int unused = 0;  // named, so that all of it is copied as one
};

struct Fiber;
struct Walk;

/// What a fiber runs. Exceptions leave it: the entry frame catches them (fiber_caught).
using Entry = void (*)(Fiber&);

struct Fiber {
  void* sp = nullptr;          // while not running; read and written by the switch (offset 0)
  void* limit = nullptr;       // the stack limit, likewise (offset 8)
  TaskHeader* task = nullptr;  // who asks when this fiber polls a future
  Fiber* caller = nullptr;     // a nested fiber goes back to it when it parks; null for a task
  ExceptionState exceptions;
  bool interrupted = false;  // parking has more to do than to return: cancelling, or walk
  bool cancelling = false;   // parking throws ForcedUnwind
  bool unwound = false;      // ForcedUnwind has come out of the entry
  bool finished = false;
  // What is above is all that a switch touches.
  Fiber* canceller = nullptr;  // who waits for it to be unwound
  Entry entry = nullptr;
  void (*failed)(Fiber&, std::exception_ptr) noexcept = nullptr;  // takes what its function throws
  Stack stack{};
  Walk* walk = nullptr;  // who wants to see its stack
  [[no_unique_address]] SanitizerFiber sanitizer;
};
static_assert(offsetof(Fiber, sp) == 0 && offsetof(Fiber, limit) == 8, "the switch knows these");

/// Thrown in a fiber that is cancelled, where it is parked. Not a std::exception, so that only
/// catch (...) sees it; such a handler must rethrow, and one that does not is reported.
struct ForcedUnwind {};

/// What a thread has for its fibers.
struct FiberThread {
  /// The thread's own flow of control. While a fiber runs, what lies below its stack pointer is
  /// free: __morestack borrows it (and knows that this comes first).
  Fiber home;
  Fiber* current = nullptr;  ///< the fiber that runs; &home where no other does; null before home()
  /// The thread's exception state: __cxa_get_globals() is a function call, and the compiler may
  /// take it for constant across a switch.
  ExceptionState* exceptions = nullptr;
};

extern "C" {
extern constinit thread_local FiberThread twofold_fiber_thread [[gnu::tls_model("initial-exec")]];
}

[[nodiscard]] inline FiberThread& this_thread() noexcept {
  FiberThread* thread = nullptr;
  TWOFOLD_THIS_THREAD_ADDRESS(thread, twofold_fiber_thread);
  return *thread;
}

/// The fiber that runs on this thread; null where none ever did.
[[nodiscard]] inline Fiber* current_fiber() noexcept { return this_thread().current; }

/// This thread's own flow of control. Made when first asked for.
[[nodiscard]] Fiber& home() noexcept;

/// Makes `fiber` ready to run entry(fiber) on its stack, from `top` (aligned to 16) downwards.
void prepare(Fiber& fiber, std::byte* top, Entry entry) noexcept;

/// Leaves the running fiber `from` for `to`; returns when something switches back to `from`.
/// Hot path, guarded by the `yield` workload.
void switch_to(Fiber& from, Fiber& to) noexcept;

/// First thing in an entry.
inline void entered(Fiber& fiber) noexcept { SanitizerFiber::after_switch(fiber.sanitizer); }

/// Leaves the running fiber for good. `after(argument)` runs first thing on the stack of `to`: only
/// then is nobody on the old stack, so that it may be given to others (the idea is Photon's).
[[noreturn]] void switch_for_good(Fiber& to, void (*after)(void*) noexcept,
                                  void* argument) noexcept;

/// Parks the running fiber until its task is woken (nested: until it is polled again). Throws
/// ForcedUnwind when it is cancelled.
void park(Fiber& self);

/// What await(yield_now()) does: lets all others that are ready run first. Throws as await does.
/// Hot path, guarded by the `yield` workload.
void yield();

/// Throws std::logic_error: an await on a thread that runs no task.
[[noreturn]] void await_outside();

/// Starts the unwinding of a cancelled fiber.
[[noreturn]] void throw_forced_unwind();

/// Calls `frame` with each return address on a parked fiber's stack, innermost first.
void trace_fiber(Fiber& fiber, void (*frame)(void* to, const void* address), void* to);

/// Runs a parked fiber's destructors by unwinding it; returns when it has finished.
void unwind(Fiber& fiber) noexcept;

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
