// KnownToValgrind: tells Valgrind which memory is a stack. Nothing, and no size, unless
// TWOFOLD_VALGRIND.
//
// Valgrind takes a small change of the stack pointer for a call or a return, and marks what lies
// between as used or as free: wrong where it leads to a neighbouring segment. It must know each of
// them.
#pragma once

#include <cstddef>

#if defined(TWOFOLD_VALGRIND)
#include <valgrind/valgrind.h>
#endif

namespace twofold {
inline namespace stackful {
namespace stack_memory {

#if defined(TWOFOLD_VALGRIND)
class KnownToValgrind {
 public:
  void begin(const std::byte* low, const std::byte* top) noexcept {
    id_ = VALGRIND_STACK_REGISTER(low, top);
  }
  void end() noexcept { VALGRIND_STACK_DEREGISTER(id_); }

 private:
  unsigned id_ = 0;
};
#else
class KnownToValgrind {
 public:
  void begin(const std::byte*, const std::byte*) noexcept {}
  void end() noexcept {}
};
#endif

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
