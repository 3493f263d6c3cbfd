// ensure_signal_stack: a stack for signal handlers, for threads that run tasks on small stacks.
//
// The kernel puts a handler's frame (up to some 3 KB) below the stack pointer of whatever runs. On
// a fiber's first segment that would be somebody else's memory; with SA_ONSTACK the handler runs
// here.
#pragma once

namespace twofold::detail {

/// Gives this thread an alternate stack for signal handlers, until the thread ends; nothing happens
/// where it has one. Handlers without SA_ONSTACK do not use it. Throws std::bad_alloc.
void ensure_signal_stack();

}  // namespace twofold::detail
