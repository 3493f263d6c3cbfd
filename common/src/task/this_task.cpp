#include "twofold/task/this_task.hpp"

#include "twofold/runtime.hpp"

namespace twofold::this_task {
namespace {

detail::TaskHeader& running(const char* operation) {
  detail::TaskHeader* const task = detail::require_executor(operation).running();
  if (task == nullptr) detail::throw_no_runtime(operation);
  return *task;
}

}  // namespace

TaskId id() { return TaskId{running("this_task::id").id()}; }
const char* name() { return running("this_task::name").name(); }
void set_name(const char* name) { running("this_task::set_name").set_name(name); }

}  // namespace twofold::this_task
