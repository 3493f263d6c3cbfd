// ready, pending: the two futures that wait for nothing.
//
// The ends of a chain of combinators, and the smallest examples of a future.
#pragma once

#include <type_traits>
#include <utility>

#include "twofold/executor/executor.hpp"
#include "twofold/future.hpp"

namespace twofold {

/// Ready with a value when it is polled. See ready().
template <class T>
class [[nodiscard]] ReadyFuture {
 public:
  using Output = T;

  explicit ReadyFuture(T value) noexcept(std::is_nothrow_move_constructible_v<T>)
      : value_(std::move(value)) {}

  Poll<T> poll(Context& context) {
    detail::TaskHeader& task = context.task();
    if (!detail::cooperate(task)) return Pending;
    return Poll<T>(std::in_place, std::move(value_));
  }

 private:
  [[no_unique_address]] T value_;
};

/// A future that is ready at once with `value`, but for its share in keeping other tasks from
/// starving: a loop that awaits nothing else lets them run from time to time. As large as the
/// value.
template <class T>
[[nodiscard]] ReadyFuture<std::decay_t<T>> ready(T&& value) {
  return ReadyFuture<std::decay_t<T>>(std::forward<T>(value));
}

/// ready(Unit{}).
[[nodiscard]] inline ReadyFuture<Unit> ready() noexcept { return ReadyFuture<Unit>(Unit{}); }

/// Never ready: who awaits it sleeps until it is cancelled. See pending().
template <class T>
class [[nodiscard]] PendingFuture {
 public:
  using Output = T;

  Poll<T> poll(Context& context) noexcept {
    context.task().set_waits_for(detail::WaitsFor::kNothing);
    return Pending;
  }
};

/// A future that is never ready.
template <class T = Unit>
[[nodiscard]] PendingFuture<T> pending() noexcept {
  return {};
}

}  // namespace twofold
