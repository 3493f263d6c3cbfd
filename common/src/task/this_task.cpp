#include "twofold/task/this_task.hpp"

#include "twofold/runtime.hpp"

namespace twofold {
namespace detail {

TaskHeader& require_task(const char* operation) {
  TaskHeader* const task = current_executor() != nullptr ? current_executor()->running() : nullptr;
  if (task == nullptr) throw_no_runtime(operation);
  return *task;
}

}  // namespace detail

namespace this_task {
TaskId id() { return TaskId{detail::require_task("this_task::id").id()}; }
const char* name() { return detail::require_task("this_task::name").name(); }
void set_name(const char* name) {
  detail::require_task("this_task::set_name").extras().name.store(name, std::memory_order_relaxed);
}

}  // namespace this_task
}  // namespace twofold
