// this_task: what a task may ask about itself.
#pragma once

#include "twofold/executor/executor.hpp"
#include "twofold/task/join_handle.hpp"

namespace twofold::this_task {

/// The running task's id. Throws std::logic_error outside of a task.
[[nodiscard]] TaskId id();

/// The running task's name, or null. Throws std::logic_error outside of a task.
[[nodiscard]] const char* name();

/// Names the running task in dumps and diagnostics. `name` must outlive the task: a literal, say.
void set_name(const char* name);

}  // namespace twofold::this_task
