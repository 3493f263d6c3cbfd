// Stack overflow: how a program whose fiber needs more stack than it may have comes to its end.
//
// Used by every policy: segmented stacks find out when they grow, paged and fixed ones by the fault
// in a guard (overflow_handler.cpp).
#pragma once

#include "twofold/stackful/stack_overflow.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

/// Tells the reporter and aborts. With at least a few KB of stack, or in a signal handler.
[[noreturn]] void stop_for_overflow(const StackOverflow& overflow) noexcept;

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
