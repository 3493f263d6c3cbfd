// Whether this thread is the only one of its process.
//
// What a lock or a compare-and-swap guards against cannot happen then, and an atomic
// read-modify-write costs as much as all else that a spawn or a send does. libstdc++'s shared_ptr
// asks the same question. The model checker's build always says no.
#pragma once

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace twofold::detail {

/// True: no other thread runs, and none can begin before this one makes it.
[[nodiscard]] inline bool is_single_threaded() noexcept {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

}  // namespace twofold::detail
