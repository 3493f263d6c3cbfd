// this_task: what a task may ask about itself.
#pragma once

#include "twofold/executor/executor.hpp"
#include "twofold/task/join_handle.hpp"

namespace twofold {
namespace detail {

/// The running task. Throws std::logic_error, which names the operation, outside of a task.
[[nodiscard]] TaskHeader& require_task(const char* operation);

}  // namespace detail

namespace this_task {

/// The running task's id. Throws std::logic_error outside of a task.
[[nodiscard]] TaskId id();

/// The running task's name, or null. Throws std::logic_error outside of a task.
[[nodiscard]] const char* name();

/// Names the running task in dumps and diagnostics. `name` must outlive the task: a literal, say.
void set_name(const char* name);

}  // namespace this_task
}  // namespace twofold
