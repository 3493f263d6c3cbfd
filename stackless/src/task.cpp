// StacklessTask: what the executor does with one.
#include "twofold/stackless/task.hpp"

namespace twofold {
inline namespace stackless {
namespace coro {

namespace {

// What calls may take of a thread's stack: those of awaits, and those that run a task on top of one
// that joins, of which nothing can move meanwhile.
constexpr std::uintptr_t kCallBytes = 32 * 1024;
constexpr std::uintptr_t kOnTopBytes = 4 * 1024;

[[nodiscard]] bool has_room_on_top() noexcept {
  return twofold::detail::stack_pointer() >
         coroutine_thread.lowest_call + (kCallBytes - kOnTopBytes);
}

// The coroutine of `task`, or of the next after it that can go on; null: there is none.
[[gnu::noinline]] Coroutine first_ready(Executor& executor, TaskHeader* task) noexcept {
  for (; task != nullptr; task = executor.next_task()) {
    const Coroutine coroutine = static_cast<StacklessTask&>(*task).ready_coroutine(*task);
    if (coroutine) [[likely]]
      return coroutine;
  }
  return nullptr;
}

// Back to who has resumed a coroutine of this task, or of one before it.
[[nodiscard]] std::coroutine_handle<> leave() noexcept {
  coroutine_thread.is_left = true;
  return std::noop_coroutine();
}

// Back to who has called `innermost`, or one that awaits it.
[[nodiscard]] std::coroutine_handle<> leave_callers(Coroutine innermost) noexcept {
  innermost.promise().leave_callers();
  return leave();
}

[[nodiscard]] std::coroutine_handle<> switch_to_ready(Executor& executor,
                                                      TaskHeader* task) noexcept {
  const Coroutine coroutine = first_ready(executor, task);
  return coroutine ? coroutine : leave();
}

[[gnu::noinline]] std::coroutine_handle<> yield_to_caller(Coroutine innermost) noexcept {
  running_chain().park(innermost);
  twofold::detail::defer(running_task());
  return leave_callers(innermost);
}

// Resumes `coroutine`, and then what is next. True: one that was called, or that is the first of
// its chain, has come to its end; false: the chain waits.
[[nodiscard, gnu::always_inline]] inline bool run_to_end(Coroutine coroutine) noexcept {
  while (true) {
    coroutine_thread.is_left = false;
    coroutine.resume();
    if (!coroutine_thread.is_left) return true;
    coroutine = std::exchange(coroutine_thread.next, nullptr);
    if (!coroutine) return false;
  }
}

// The coroutine of `task`, which runs, has come to its end: from here on the outcome is where the
// chain was (ResultBlock).
[[gnu::always_inline]] inline void finish(StacklessTask& task) noexcept {
  task.release_call();
  task.drop_locals();
  if (task.complete()) task.ops().destroy(task);
}

// Runs `task`, which has not begun, until it parks or ends, on top of `below`, which has begun it
// in its own place and runs again then.
void run_on_top(Executor& executor, StacklessTask& task, TaskHeader& below) noexcept {
  task.innermost().promise().set_has_caller();
  if (run_to_end(task.innermost())) {
    finish(task);
    executor.go_back_to(below);
  } else {
    coroutine_thread.is_left = false;
    executor.go_back_from_parked(below);
  }
}

}  // namespace

constinit thread_local CoroutineThread coroutine_thread;

std::coroutine_handle<> suspend_await(PromiseBase& parent, PromiseBase& child) noexcept {
  if (!coroutine_thread.is_left) {
    child.set_switched_to(parent);
    return child.handle();
  }
  child.set_left();
  if (parent.has_caller()) return leave_callers(parent.handle());
  coroutine_thread.is_left = false;  // the awaited coroutine was left, by a call
  Executor& executor = running_executor();
  return switch_to_ready(executor, executor.next_task());
}

std::coroutine_handle<> park_and_switch(Coroutine innermost, Leaf leaf) noexcept {
  if (innermost.promise().has_caller()) {
    running_chain().park(innermost, leaf);
    return leave_callers(innermost);
  }
  // Nobody has called, so that no poll has: the chain is the task's.
  Executor& executor = running_executor();
  static_cast<StacklessTask&>(*executor.running()).park(innermost, leaf);
  return switch_to_ready(executor, executor.next_task());
}

std::coroutine_handle<> yield_and_switch_slow(Coroutine innermost) noexcept {
  if (innermost.promise().has_caller()) return yield_to_caller(innermost);
  Executor& executor = running_executor();
  if (executor.has_turn() && executor.has_many_tasks()) {
    executor.prefetch();
    if (const auto next = try_yield_and_switch(executor, innermost)) return next;
  }
  auto& task = static_cast<StacklessTask&>(*executor.running());
  task.park(innermost);
  executor.defer(task);
  return switch_to_ready(executor, executor.next_task());
}

std::coroutine_handle<> join_and_switch(Coroutine innermost, Leaf leaf,
                                        TaskHeader& awaited) noexcept {
  Executor& executor = running_executor();
  auto& task = static_cast<StacklessTask&>(*executor.running());
  // (Not in a poll: the chain of who polls is not this one.)
  if (coroutine_thread.nested == nullptr) {
    task.park(innermost);  // for who lists the tasks meanwhile
    task.set_waits_for(twofold::detail::WaitsFor::kJoin);
    if (has_room_on_top()) {
      while (TaskHeader* const next = executor.begin_new()) {
        run_on_top(executor, static_cast<StacklessTask&>(*next), task);
        if (awaited.is_done()) return innermost;
      }
    }
  }
  Context context(task);
  if (leaf.poll(context)) return innermost;
  return park_and_switch(innermost, leaf);
}

void hand_over(PromiseBase& ended) noexcept {
  if (ended.is_root()) {
    coroutine_thread.nested->end();
    return;
  }
  coroutine_thread.next = ended.receiver().parent;
  coroutine_thread.is_left = true;
}

void run_next() noexcept {
  if (coroutine_thread.next) (void)run_to_end(std::exchange(coroutine_thread.next, nullptr));
}

void run_in_poll(Coroutine coroutine) noexcept {
  while (coroutine) {
    coroutine_thread.is_left = false;
    coroutine.promise().set_has_caller();
    coroutine.resume();
    coroutine = std::exchange(coroutine_thread.next, nullptr);
  }
}

void StacklessTask::resume(TaskHeader& task) noexcept {
  coroutine_thread.lowest_call = twofold::detail::stack_pointer() - kCallBytes;
  Executor& executor = running_executor();
  Coroutine coroutine = static_cast<StacklessTask&>(task).ready_coroutine(task);
  while (coroutine) {
    if (!run_to_end(coroutine)) return;
    finish(static_cast<StacklessTask&>(*executor.running()));
    coroutine = first_ready(executor, executor.next_task_at_end());
  }
}

void StacklessTask::cancel(TaskHeader& task) noexcept {
  auto& self = static_cast<StacklessTask&>(task);
  self.destroy_frames();
  self.release_call();
  task.drop_locals();
  static_cast<const StacklessOps&>(self.ops()).begin_outcome(self);
  if (task.complete()) task.ops().destroy(task);
}

void StacklessTask::trace(TaskHeader& task, void (*frame)(void*, const void*), void* to) {
  // The first word of a coroutine's frame is the function that resumes it: in the ABI that gcc and
  // clang share, and enough for a symbol.
  static_cast<StacklessTask&>(task).for_each([&](PromiseBase& promise) {
    frame(to, *static_cast<void* const*>(promise.handle().address()));
  });
}

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
