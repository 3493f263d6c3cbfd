// StacklessTask: what the executor does with one.
#include "twofold/stackless/task.hpp"

namespace twofold {
inline namespace stackless {
namespace coro {

namespace {

// The coroutine of `task`, or of the next after it that can go on.
[[gnu::noinline]] std::coroutine_handle<> first_ready(Executor& executor,
                                                      TaskHeader* task) noexcept {
  for (; task != nullptr; task = executor.next_task()) {
    const auto coroutine = static_cast<StacklessTask&>(*task).ready_coroutine(*task);
    if (coroutine) [[likely]]
      return coroutine;
  }
  return std::noop_coroutine();
}

// What calls may take of a thread's stack.
constexpr std::uintptr_t kCallBytes = 4096;

[[gnu::noinline]] std::coroutine_handle<> yield_to_caller(PromiseBase& innermost) noexcept {
  running_chain().park(innermost, Leaf());
  twofold::detail::defer(running_task());
  return std::noop_coroutine();
}

}  // namespace

constinit thread_local CoroutineThread coroutine_thread;

std::coroutine_handle<> switch_away() noexcept {
  if (coroutine_thread.has_caller) return std::noop_coroutine();
  Executor& executor = *twofold::detail::current_executor();
  return first_ready(executor, executor.next_task());
}

std::coroutine_handle<> park_and_switch(PromiseBase& innermost, Leaf leaf) noexcept {
  if (coroutine_thread.has_caller) {
    running_chain().park(innermost, leaf);
    return std::noop_coroutine();
  }
  // Nobody has called, so that no poll has: the chain is the task's.
  Executor& executor = *twofold::detail::current_executor();
  static_cast<StacklessTask&>(*executor.running()).park(innermost, leaf);
  return first_ready(executor, executor.next_task());
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
  return first_ready(executor, next);
}

std::coroutine_handle<> finish_and_switch(PromiseBase& first) noexcept {
  if (coroutine_thread.nested != nullptr) {
    coroutine_thread.nested->end();
    return std::noop_coroutine();
  }
  auto& task = static_cast<StacklessTask&>(running_task());
  // From here on the outcome is where the chain was (ResultBlock).
  first.handle().destroy();
  task.release_call();
  task.drop_locals();
  if (task.complete()) task.ops().destroy(task);
  if (coroutine_thread.has_caller) return std::noop_coroutine();
  Executor& executor = *twofold::detail::current_executor();
  return first_ready(executor, executor.next_task_at_end());
}

void StacklessTask::resume(TaskHeader& task) noexcept {
  coroutine_thread.lowest_call = twofold::detail::stack_pointer() - kCallBytes;
  const auto coroutine = static_cast<StacklessTask&>(task).ready_coroutine(task);
  if (coroutine) coroutine.resume();
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
