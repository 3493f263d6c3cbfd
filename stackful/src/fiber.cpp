// Fibers: parking, finishing, unwinding. The switch proper is in src/switch/.
#include "twofold/stackful/fiber.hpp"

#include <cxxabi.h>
#include <unwind.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <typeinfo>
#include <utility>

#include "switch/switch.hpp"
#include "twofold/stackful/stack_overflow.hpp"
#include "twofold/stackful/task.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {

extern "C" {
[[gnu::used]] constinit thread_local FiberThread twofold_fiber_thread;
}

namespace {

// The only place that changes the current fiber. Everything is done before the switch proper: the
// code after it may run on another thread.
void make_current(Fiber* from, Fiber& to) noexcept {
  FiberThread& thread = this_thread();
  ExceptionState& exceptions = *thread.exceptions;
  if (from != nullptr) from->exceptions = exceptions;
  exceptions = to.exceptions;
  thread.current = &to;
}

}  // namespace

namespace {

// What calls the C and C++ libraries is kept out of the functions that park or that finish a fiber:
// for their sake the linker would move the whole function to a large segment
// (docs/design/segmented-stacks.md).
[[gnu::noinline, gnu::cold]] void make_home() noexcept {
  FiberThread& thread = this_thread();
  thread.exceptions = reinterpret_cast<ExceptionState*>(__cxxabiv1::__cxa_get_globals());
  thread.current = &thread.home;
  thread.home.sanitizer.adopt_thread();
  install_overflow_handler();
}

}  // namespace

Fiber& home() noexcept {
  FiberThread& thread = this_thread();
  if (thread.current == nullptr) [[unlikely]]
    make_home();
  return thread.home;
}

namespace {

[[gnu::always_inline]] TWOFOLD_UNCOUNTED inline void switch_in_place(Fiber& from,
                                                                     Fiber& to) noexcept {
  make_current(&from, to);
  SanitizerFiber::before_switch(from.sanitizer, to.sanitizer, false);
  raw_switch(from, to);
  SanitizerFiber::after_switch(from.sanitizer);
}

}  // namespace

TWOFOLD_UNCOUNTED void switch_to(Fiber& from, Fiber& to) noexcept { switch_in_place(from, to); }

TWOFOLD_UNCOUNTED void switch_for_good(Fiber& to, void (*after)(void*) noexcept,
                                       void* argument) noexcept {
  SanitizerFiber& from = current_fiber()->sanitizer;
  make_current(nullptr, to);
  SanitizerFiber::before_switch(from, to.sanitizer, true);
  raw_switch_for_good(to, after, argument);
}

struct Walk {
  Fiber* requester;
  void (*frame)(void*, const void*);
  void* to;
};

namespace {

_Unwind_Reason_Code visit_frame(_Unwind_Context* context, void* argument) {
  const auto& walk = *static_cast<Walk*>(argument);
  const auto address = _Unwind_GetIP(context);
  if (address == 0) return _URC_END_OF_STACK;
  walk.frame(walk.to, reinterpret_cast<const void*>(address - 1));
  return _URC_NO_REASON;
}

[[gnu::noinline, gnu::cold]] void serve_interruption(Fiber& self) {
  if (self.walk == nullptr) throw_forced_unwind();
  Walk& walk = *std::exchange(self.walk, nullptr);
  self.interrupted = self.cancelling;
  _Unwind_Backtrace(&visit_frame, &walk);
  switch_to(self, *walk.requester);
}

}  // namespace

// The unwinder walks only the stack that it runs on: so the fiber is entered where it is parked,
// walks its own stack and comes back.
void trace_fiber(Fiber& fiber, void (*frame)(void*, const void*), void* to) {
  static_cast<void>(home());  // there is something to switch back to
  Walk walk{current_fiber(), frame, to};
  fiber.walk = &walk;
  fiber.interrupted = true;
  switch_to(*walk.requester, fiber);
}

namespace {

// From the thread and not from the task: the processor then knows where the queue is before it
// knows which task runs, and looks for the next one meanwhile.
[[nodiscard]] Executor& running_executor() noexcept { return *twofold::detail::current_executor(); }

// Until something switches back to `self`, which may be at once.
[[gnu::always_inline]] inline void leave_for(Fiber& self, Fiber& to) {
  if (&to != &self) switch_in_place(self, to);
  while (self.interrupted) [[unlikely]]
    serve_interruption(self);
}

[[gnu::noinline]] void defer_and_park(Fiber& self) {
  twofold::detail::defer(*self.task);
  park(self);
}

}  // namespace

void park(Fiber& self) {
  if (self.caller != nullptr) {
    leave_for(self, *self.caller);
  } else {
    TaskHeader* const next = running_executor().next_task();
    Fiber& to = next != nullptr ? static_cast<StackfulTask&>(*next).fiber() : home();
    leave_for(self, to);
  }
}

void yield() {
  Fiber& self = awaiting_fiber();
  if (self.caller == nullptr) [[likely]] {
    Executor& executor = running_executor();
    if (executor.has_turn() && executor.has_many_tasks()) executor.prefetch();
    TaskHeader* const next =
        executor.defer_and_switch(*self.task, [](const TaskHeader&) { return true; });
    if (next != nullptr) [[likely]]
      return leave_for(self, static_cast<StackfulTask&>(*next).fiber());
  }
  defer_and_park(self);
}

void await_outside() {
  throw std::logic_error("twofold: await outside of a task; run the function by block_on or spawn");
}

void throw_forced_unwind() { throw ForcedUnwind(); }

void unwind(Fiber& fiber) noexcept {
  Fiber& here = *current_fiber();
  fiber.cancelling = true;
  fiber.interrupted = true;
  fiber.canceller = &here;
  if (fiber.caller != nullptr) fiber.caller = &here;
  switch_to(here, fiber);
}

namespace {

[[gnu::noinline, gnu::cold]] void report_swallowed(const Fiber& fiber) noexcept {
  std::fprintf(
      stderr,
      "twofold: task %llu%s%s was cancelled but swallowed it: a catch (...) around an await "
      "must rethrow\n",
      static_cast<unsigned long long>(fiber.task->id()), fiber.task->name() != nullptr ? " " : "",
      fiber.task->name() != nullptr ? fiber.task->name() : "");
}

}  // namespace

// Called by the entry frame (entry_x86_64.S) with what came out of the fiber's function. Asks for
// its type, and does not throw it again to see which handler takes it: that cost as much as the
// whole unwinding of a fiber that is parked in its first function.
extern "C" void twofold_fiber_caught(Fiber& fiber, void* exception) noexcept {
  __cxxabiv1::__cxa_begin_catch(exception);
  const std::type_info* const type = __cxxabiv1::__cxa_current_exception_type();
  if (type != nullptr && *type == typeid(ForcedUnwind)) {
    fiber.unwound = true;
  } else {
    fiber.failed(fiber, std::current_exception());
  }
  __cxxabiv1::__cxa_end_catch();
  if (fiber.caller == nullptr) {
    auto& task = static_cast<StackfulTask&>(*fiber.task);
    task.stackful_ops().release_call(task);
  }
}

// Called by the entry frame when the fiber's function is over.
extern "C" void twofold_fiber_finish(Fiber& fiber) noexcept {
  if (fiber.cancelling && !fiber.unwound) report_swallowed(fiber);
  fiber.finished = true;
  if (fiber.caller != nullptr) {
    switch_for_good(*fiber.caller, [](void*) noexcept {}, nullptr);
  }
  auto& task = static_cast<StackfulTask&>(*fiber.task);
  task.drop_locals();  // while this is still the running task
  // A cancelled task goes back to who cancelled it; others hand control on.
  TaskHeader* next = nullptr;
  if (!fiber.cancelling) {
    Executor& executor = running_executor();
    next = executor.next_task_at_end();
    // Woken while it ran its last steps: it was in the queue itself, and is out of it now.
    if (next == &task) next = executor.next_task_at_end();
  }
  Fiber& other = next != nullptr ? static_cast<StackfulTask&>(*next).fiber() : home();
  Fiber& to = fiber.cancelling ? *fiber.canceller : other;
  switch_for_good(
      to, [](void* ended) noexcept { StackfulTask::finished(*static_cast<StackfulTask*>(ended)); },
      &task);
}

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
