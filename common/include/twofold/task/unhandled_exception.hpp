// What happens with the exception of a task that nobody awaits.
//
// A task whose handle was dropped may fail, and so may one whose handle is dropped later without
// having been awaited. Its exception is then reported here, once, when the last reference to the
// task goes. The idea is that of Python's asyncio ("Task exception was never retrieved").
#pragma once

#include <exception>

namespace twofold {

/// Called on the thread that lets the task go. Must not throw and must not await.
using UnhandledExceptionHandler = void (*)(std::exception_ptr error) noexcept;

/// Sets what is called from now on, for the whole process; null: the default, which writes one line
/// to standard error. Gives the one before. Any thread.
UnhandledExceptionHandler set_unhandled_exception_handler(
    UnhandledExceptionHandler handler) noexcept;

namespace detail {

void report_unhandled(std::exception_ptr error) noexcept;

}  // namespace detail
}  // namespace twofold
