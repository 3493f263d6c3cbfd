// StacklessTask: what the executor does with one.
#include "twofold/stackless/task.hpp"

namespace twofold {
inline namespace stackless {
namespace coro {

std::coroutine_handle<> next_coroutine(Executor& executor) noexcept {
  while (TaskHeader* const task = executor.next_task()) {
    auto& next = static_cast<StacklessTask&>(*task);
    if (const std::coroutine_handle<> coroutine = next.chain().ready_coroutine()) return coroutine;
  }
  return std::noop_coroutine();
}

std::coroutine_handle<> finish_task(TaskHeader& task) noexcept {
  Executor& executor = task.executor();
  static_cast<StacklessTask&>(task).release_call();
  if (task.complete()) task.ops().destroy(task);
  return next_coroutine(executor);
}

void StacklessTask::resume(TaskHeader& task) noexcept {
  if (const auto coroutine = static_cast<StacklessTask&>(task).chain().ready_coroutine()) {
    coroutine.resume();
  }
}

void StacklessTask::cancel(TaskHeader& task) noexcept {
  auto& self = static_cast<StacklessTask&>(task);
  self.chain().destroy_inner_frames();
  self.release_call();
  if (task.complete()) task.ops().destroy(task);
}

void StacklessTask::trace(TaskHeader& task, void (*frame)(void*, const void*), void* to) {
  // The first word of a coroutine's frame is the function that resumes it: in the ABI that gcc and
  // clang share, and enough for a symbol.
  static_cast<StacklessTask&>(task).chain_.for_each([&](PromiseBase& promise) {
    frame(to, *static_cast<void* const*>(promise.handle().address()));
  });
}

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
