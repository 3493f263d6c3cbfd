// OnFiber: runs a function on a stack of its own, for tests of stack memory. No runtime, no task,
// no executor: the fiber comes back to the thread where it pauses and when it is over.
#pragma once

#include <exception>
#include <functional>
#include <utility>

#include "twofold/stackful/fiber.hpp"

namespace twofold::stack_test {

class OnFiber : fiber::Fiber {
 public:
  explicit OnFiber(std::function<void(OnFiber&)> body) : body_(std::move(body)) {
    stack = acquire_stack();
    caller = &fiber::home();
    sanitizer.create(stack.low, static_cast<std::size_t>(stack.top - stack.low));
    failed = [](fiber::Fiber& self, std::exception_ptr error) noexcept {
      static_cast<OnFiber&>(self).error_ = std::move(error);
    };
    fiber::prepare(*this, stack.top, [](fiber::Fiber& self) {
      fiber::entered(self);
      auto& on_fiber = static_cast<OnFiber&>(self);
      on_fiber.body_(on_fiber);
    });
  }
  ~OnFiber() {
    sanitizer.destroy();
    release_stack(stack);
  }
  OnFiber(const OnFiber&) = delete;
  OnFiber& operator=(const OnFiber&) = delete;

  /// Runs until pause() or the end; true at the end. Rethrows what the body throws. Any thread.
  bool resume() {
    caller = &fiber::home();
    fiber::switch_to(fiber::home(), *this);
    if (error_ != nullptr) std::rethrow_exception(std::exchange(error_, nullptr));
    return finished;
  }
  /// On the fiber.
  void pause() { fiber::switch_to(*this, *caller); }

  [[nodiscard]] const Stack& memory() const noexcept { return stack; }
  [[nodiscard]] std::size_t bytes() const noexcept { return stack_bytes_of(stack, limit); }

 private:
  std::function<void(OnFiber&)> body_;
  std::exception_ptr error_;
};

/// Runs `body` on a fresh fiber to its end.
template <class F>
void on_fiber(F body) {
  OnFiber fiber([&](OnFiber&) { body(); });
  fiber.resume();
}

}  // namespace twofold::stack_test
