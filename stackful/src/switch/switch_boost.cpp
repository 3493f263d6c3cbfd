// TWOFOLD_SWITCH=boost: Boost.Context's fcontext, for comparison.
#include <boost/context/detail/fcontext.hpp>

#include "switch/switch.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {

namespace ctx = boost::context::detail;

namespace {

// What the side that is left tells the side that is entered.
struct Handoff {
  Fiber* from;  // gets the context that was left; null: it was left for good
  void (*after)(void*) noexcept;
  void* argument;
};

void arrive(ctx::transfer_t transfer) noexcept {
  const Handoff handoff = *static_cast<Handoff*>(transfer.data);
  if (handoff.from != nullptr) handoff.from->sp = transfer.fctx;
  if (handoff.after != nullptr) handoff.after(handoff.argument);
}

// The thread's stack limit follows the fiber. Nothing that checks it may run between this and the
// jump. Not inlined: a function that checks its stack would then call Boost's code, which does not,
// and be moved to a large segment for as long as it is parked.
[[gnu::no_split_stack, gnu::noinline]] ctx::transfer_t jump(Fiber& to, Handoff& handoff) noexcept;
ctx::transfer_t jump(Fiber& to, Handoff& handoff) noexcept {
  asm volatile("movq %0, %%fs:0x70" ::"r"(to.limit) : "memory");
  return ctx::jump_fcontext(to.sp, &handoff);
}

// First on a new stack: its fiber stands where prepare() put it, just above.
void start(ctx::transfer_t transfer) noexcept {
  arrive(transfer);
  Fiber& self = *current_fiber();
  twofold_fiber_body(self, self.entry);
}

}  // namespace

TWOFOLD_UNCOUNTED void raw_switch(Fiber& from, Fiber& to) noexcept {
  asm volatile("movq %%fs:0x70, %0" : "=r"(from.limit));
  Handoff handoff{&from, nullptr, nullptr};
  arrive(jump(to, handoff));
}

TWOFOLD_UNCOUNTED void raw_switch_for_good(Fiber& to, void (*after)(void*) noexcept,
                                           void* argument) noexcept {
  Handoff handoff{nullptr, after, argument};
  jump(to, handoff);
  __builtin_unreachable();
}

void prepare(Fiber& fiber, std::byte* top, Entry entry) noexcept {
  fiber.entry = entry;
  fiber.limit = fiber.stack.limit;
  fiber.sp = ctx::make_fcontext(top, static_cast<std::size_t>(top - fiber.stack.low), &start);
}

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
