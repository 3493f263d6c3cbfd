// await: how plain code on a fiber waits for a future.
//
// `auto n = await(stream.read(buffer));` polls the future and parks the fiber while it is pending.
// What is not a future is handed straight through: an async function of this runtime is a plain
// function, which has run when its result is here.
#pragma once

#include <type_traits>
#include <utility>

#include "twofold/future.hpp"
#include "twofold/stackful/fiber.hpp"
#include "twofold/time.hpp"

namespace twofold {
inline namespace stackful {

namespace fiber {

/// The fiber that awaits. Throws std::logic_error on a thread that runs none.
[[nodiscard]] inline Fiber& awaiting_fiber() {
  Fiber* const self = current_fiber();
  if (self == nullptr || self->task == nullptr) [[unlikely]]
    await_outside();
  if (self->cancelling) [[unlikely]]
    throw_forced_unwind();
  return *self;
}

/// Polls `future` until it is ready. The context is the fiber's own: its task is woken.
template <Future F>
RawOutput<F> await_future(F& future) {
  Fiber& self = awaiting_fiber();
  for (;;) {
    Context context(*self.task);
    auto answer = future.poll(context);
    if (answer.is_ready()) {
      if constexpr (std::is_void_v<RawOutput<F>>) {
        return;
      } else {
        return std::move(answer).value();
      }
    }
    park(self);
  }
}

/// Evaluates `expression` and awaits what it gives. The result is bound in place: an immovable
/// future stays where it is, an lvalue is awaited where it lives, void stays void.
template <class E>
decltype(auto) await_expression(E&& expression) {
  using Value = decltype(expression());
  if constexpr (std::is_void_v<Value>) {
    expression();
  } else if constexpr (std::is_same_v<Value, YieldNow>) {
    yield();  // ready at the next wake, so that there is nothing to poll
    return Unit();
  } else if constexpr (Future<Value>) {
    auto&& future = expression();
    return await_future(future);
  } else {
    return expression();
  }
}

}  // namespace fiber

/// Waits for `value` if it is a Future, and gives its output or rethrows; hands anything else
/// through. Call it on a task only: elsewhere it throws std::logic_error. When the task is
/// cancelled while it waits, the stack is unwound from here; a catch (...) around it must rethrow.
template <Future F>
RawOutput<F> await(F&& future) {
  if constexpr (std::is_same_v<F, YieldNow>) {
    fiber::yield();
    return Unit();
  } else {
    return fiber::await_future(future);
  }
}
template <class V>
  requires(!Future<V>)
V await(V&& value) {
  return std::forward<V>(value);
}

}  // namespace stackful
}  // namespace twofold
