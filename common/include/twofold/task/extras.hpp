// TaskExtras: what few tasks have.
#pragma once

#include <cstdint>
#include <memory>

#include "twofold/detail/atomic.hpp"

namespace twofold::detail {

/// One value of a TaskLocal in one task.
struct TaskLocalNode {
  virtual ~TaskLocalNode() = default;
  const void* key = nullptr;  // the TaskLocal
  std::unique_ptr<TaskLocalNode> next;
};

/// What few tasks have, so that the others pay a pointer for it.
struct TaskExtras {
  std::uint64_t id = 0;
  Atomic<const char*> name{nullptr};  // written by the task, read by whoever lists tasks
  std::unique_ptr<TaskLocalNode> locals;
};

}  // namespace twofold::detail
