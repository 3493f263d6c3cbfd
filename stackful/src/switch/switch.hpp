// The seam between fibers and the switch that was chosen (TWOFOLD_SWITCH): switch_native.cpp over
// switch_x86_64.S, or switch_boost.cpp over Boost.Context. Both share the first frame,
// entry_x86_64.S.
#pragma once

#include "twofold/stackful/fiber.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {

/// Leaves `from`, saving its state in it, for `to`.
void raw_switch(Fiber& from, Fiber& to) noexcept;

/// Leaves the running stack for good; runs after(argument) on the stack of `to` before `to` goes
/// on.
[[noreturn]] void raw_switch_for_good(Fiber& to, void (*after)(void*) noexcept,
                                      void* argument) noexcept;

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold

extern "C" {
/// The first frame's code; see entry_x86_64.S for its registers. Not to be called.
void twofold_fiber_entry();
/// The same as a function.
[[noreturn]] void twofold_fiber_body(twofold::fiber::Fiber& fiber, twofold::fiber::Entry entry);
}
