// <errno.h>, for code that runs on fibers.
//
// A fiber may go on on another thread after an await. The C library declares the function behind
// errno `const`, so that compilers call it once in a function and use the first thread's errno to its
// end. Here errno is found anew each time it is named: a call, some 1 ns.
//
// Before the library's own header in the search path of what links the stackful runtime; the idea is
// brpc's.
#pragma GCC system_header  // for include_next, which is an extension
#include_next <errno.h>

#ifndef TWOFOLD_ERRNO
#define TWOFOLD_ERRNO
#ifdef __cplusplus
extern "C" int* twofold_errno_location(void) noexcept;
#else
extern int* twofold_errno_location(void);
#endif
#undef errno
#define errno (*twofold_errno_location())
#endif
