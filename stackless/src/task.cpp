// StacklessTask: what the executor does with one.
#include "twofold/stackless/task.hpp"

namespace twofold {
inline namespace stackless {
namespace coro {

namespace {

// What calls may take of a thread's stack.
constexpr std::uintptr_t kCallBytes = 4096;

// The coroutine of `task`, or of the next after it that can go on; null: there is none.
[[gnu::noinline]] std::coroutine_handle<> first_ready(Executor& executor,
                                                      TaskHeader* task) noexcept {
  for (; task != nullptr; task = executor.next_task()) {
    const auto coroutine = static_cast<StacklessTask&>(*task).ready_coroutine(*task);
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

[[nodiscard]] std::coroutine_handle<> switch_to_ready(Executor& executor,
                                                      TaskHeader* task) noexcept {
  const auto coroutine = first_ready(executor, task);
  return coroutine ? coroutine : leave();
}

[[gnu::noinline]] std::coroutine_handle<> yield_to_caller(PromiseBase& innermost) noexcept {
  running_chain().park(innermost, Leaf());
  twofold::detail::defer(running_task());
  return leave();
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
  {
    const Calling calling;
    coroutine_thread.is_left = false;
    task.innermost().resume();
  }
  if (std::exchange(coroutine_thread.is_left, false)) {
    executor.go_back_from_parked(below);
  } else {
    finish(task);
    executor.go_back_to(below);
  }
}

}  // namespace

constinit thread_local CoroutineThread coroutine_thread;

std::coroutine_handle<> switch_away() noexcept {
  if (coroutine_thread.has_caller) return leave();
  coroutine_thread.is_left = false;  // the awaited coroutine was left, by a call
  Executor& executor = *twofold::detail::current_executor();
  return switch_to_ready(executor, executor.next_task());
}

std::coroutine_handle<> park_and_switch(PromiseBase& innermost, Leaf leaf) noexcept {
  if (coroutine_thread.has_caller) {
    running_chain().park(innermost, leaf);
    return leave();
  }
  // Nobody has called, so that no poll has: the chain is the task's.
  Executor& executor = *twofold::detail::current_executor();
  static_cast<StacklessTask&>(*executor.running()).park(innermost, leaf);
  return switch_to_ready(executor, executor.next_task());
}

std::coroutine_handle<> yield_and_switch(PromiseBase& innermost) noexcept {
  if (coroutine_thread.has_caller) [[unlikely]]
    return yield_to_caller(innermost);
  Executor& executor = *twofold::detail::current_executor();
  auto& task = static_cast<StacklessTask&>(*executor.running());
  task.park(innermost, Leaf());
  TaskHeader* const next = executor.defer_and_switch(task);
  // What has yielded goes on without being asked.
  if (next != nullptr && !static_cast<StacklessTask*>(next)->has_leaf()) [[likely]]
    return static_cast<StacklessTask*>(next)->innermost();
  return switch_to_ready(executor, next);
}

std::coroutine_handle<> join_and_switch(PromiseBase& innermost, Leaf leaf,
                                        TaskHeader& awaited) noexcept {
  Executor& executor = *twofold::detail::current_executor();
  auto& task = static_cast<StacklessTask&>(*executor.running());
  // (Not in a poll: the chain of who polls is not this one.)
  if (coroutine_thread.nested == nullptr) {
    task.park(innermost, Leaf());  // for who lists the tasks meanwhile
    task.set_waits_for(twofold::detail::WaitsFor::kJoin);
    while (has_room_to_call()) {
      TaskHeader* const next = executor.begin_new();
      if (next == nullptr) break;
      run_on_top(executor, static_cast<StacklessTask&>(*next), task);
      if (awaited.is_done()) return innermost.handle();
    }
  }
  Context context(task);
  if (leaf.poll(context)) return innermost.handle();
  return park_and_switch(innermost, leaf);
}

void StacklessTask::resume(TaskHeader& task) noexcept {
  coroutine_thread.lowest_call = twofold::detail::stack_pointer() - kCallBytes;
  Executor& executor = *twofold::detail::current_executor();
  auto coroutine = static_cast<StacklessTask&>(task).ready_coroutine(task);
  while (coroutine) {
    coroutine_thread.is_left = false;
    coroutine.resume();
    if (coroutine_thread.is_left) return;
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
