// What errno is on fibers: see door/errno.h.
#include <cerrno>

extern "C" {

// Not to be looked into, or link-time optimization would find out that it is constant after all.
#if defined(__clang__)
[[gnu::noinline, clang::optnone]] int* twofold_errno_location() noexcept {
#else
[[gnu::noipa]] int* twofold_errno_location() noexcept {
#endif
  return __errno_location();
}

}  // extern "C"
