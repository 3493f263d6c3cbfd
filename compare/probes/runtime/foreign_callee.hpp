// A function as a library that knows nothing of split stacks has it: it takes 64 KiB of stack.
// Compiled apart, without the runtime's flags.
#pragma once

extern "C" unsigned long twofold_foreign_callee(unsigned long seed);
