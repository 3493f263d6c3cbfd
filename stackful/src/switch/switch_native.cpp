// TWOFOLD_SWITCH=native: our own switch, written for x86-64.
#include <new>

#include "switch/switch.hpp"

extern "C" {
void twofold_switch(twofold::fiber::Fiber* from, twofold::fiber::Fiber* to) noexcept;
[[noreturn]] void twofold_switch_for_good(twofold::fiber::Fiber* to, void (*after)(void*) noexcept,
                                          void* argument) noexcept;
}

namespace twofold {
inline namespace stackful {
namespace fiber {

TWOFOLD_UNCOUNTED void raw_switch(Fiber& from, Fiber& to) noexcept { twofold_switch(&from, &to); }

TWOFOLD_UNCOUNTED void raw_switch_for_good(Fiber& to, void (*after)(void*) noexcept,
                                           void* argument) noexcept {
  twofold_switch_for_good(&to, after, argument);
}

void prepare(Fiber& fiber, std::byte* top, Entry entry) noexcept {
  // What the switch pops, then where it returns to; see the layout in switch_x86_64.S.
  struct Frame {
    void *r15, *r14, *r13, *r12, *rbx, *rbp, *return_address;
  };
  static_assert(sizeof(Frame) == 56);
  fiber.sp = ::new (top - sizeof(Frame)) Frame{nullptr,
                                               nullptr,
                                               nullptr,
                                               reinterpret_cast<void*>(entry),
                                               &fiber,
                                               nullptr,
                                               reinterpret_cast<void*>(&twofold_fiber_entry)};
  fiber.entry = entry;
  fiber.limit = fiber.stack.limit;
}

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
