// StackfulTask: what the executor does with one.
#include "twofold/stackful/task.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {

void StackfulTask::resume(TaskHeader& task) noexcept {
  switch_to(home(), static_cast<StackfulTask&>(task).fiber_);
}

void StackfulTask::cancel(TaskHeader& task) noexcept {
  auto& self = static_cast<StackfulTask&>(task);
  static_cast<void>(home());  // there is something to switch back to
  if (self.started()) {
    unwind(self.fiber_);
  } else {
    self.stackful_ops().release_call(self);
    finished(self);
  }
}

void StackfulTask::finished(StackfulTask& task) noexcept {
  if (task.complete()) task.ops().destroy(task);
}

void StackfulTask::trace(TaskHeader& task, void (*frame)(void*, const void*), void* to) {
  auto& self = static_cast<StackfulTask&>(task);
  if (self.started()) trace_fiber(self.fiber_, frame, to);
}

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
