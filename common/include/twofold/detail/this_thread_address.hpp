// The address of a variable of the running thread, found anew each time.
//
// A fiber may go on on another thread after it was parked. Compilers take it for granted that a
// function stays on one: they may keep the address of a thread_local across the call that parked
// (where that is inlined, and under the sanitizers, they do), which then is another thread's. They
// keep no result of an asm volatile, so what runs on fibers finds its thread_locals through this.
#pragma once

/// Points `pointer` to this thread's `symbol`, a thread_local that is extern "C", of the
/// initial-exec model and marked [[gnu::used]] (the optimizer sees no use of it). Two instructions.
/// Elsewhere than on x86-64 an ordinary address: fibers exist on x86-64 alone.
#if defined(__x86_64__)
#define TWOFOLD_THIS_THREAD_ADDRESS(pointer, symbol) \
  asm volatile("movq %%fs:0, %0\n\taddq " #symbol "@gottpoff(%%rip), %0" : "=r"(pointer) : : "cc")
#else
#define TWOFOLD_THIS_THREAD_ADDRESS(pointer, symbol) ((pointer) = &(symbol))
#endif
