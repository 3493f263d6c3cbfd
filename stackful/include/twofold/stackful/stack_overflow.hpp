// What happens when a fiber needs more stack than it may have: a message that names the task, and
// abort().
#pragma once

#include <cstddef>

namespace twofold {
inline namespace stackful {

struct StackOverflow {
  const char* reason = "";        ///< what was reached, or what the system refused
  int error = 0;                  ///< errno, where the system refused something
  std::size_t used_bytes = 0;     ///< that the fiber had, 0 where unknown
  std::size_t wanted_bytes = 0;   ///< that it asked for in addition, 0 where unknown
  std::size_t limit_bytes = 0;    ///< see set_stack_limit()
  const void* address = nullptr;  ///< that faulted (paged and fixed stacks)
};

/// Told before the program aborts. May run in a signal handler: it must not allocate, lock or
/// throw.
using OverflowReporter = void (*)(const StackOverflow&) noexcept;

/// Replaces the reporter, whose default writes a line with the running task's id and name to
/// standard error; null brings it back.
void set_overflow_reporter(OverflowReporter reporter) noexcept;

/// Makes faults in stack guards end in the reporter's message rather than in a bare SIGSEGV: a
/// handler for the process, and an alternate signal stack for the calling thread where it has none
/// and there is memory for one. Other faults go on to the handler that was there before. A thread
/// does it by itself before it runs its first fiber.
void install_overflow_handler() noexcept;

}  // namespace stackful
}  // namespace twofold
