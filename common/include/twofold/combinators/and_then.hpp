// and_then: one future after another. `and_then(fut, fn)`, or `fut | and_then(fn)`.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "twofold/combinators/held_future.hpp"

namespace twofold {

/// Ready with the output of the future that fn(output) gives. See and_then().
template <Future F, class Fn>
class [[nodiscard]] AndThen {
  using Second = detail::InvokedWith<Fn, OutputOf<F>>;
  static_assert(Future<Second> && !std::is_reference_v<Second>,
                "twofold::and_then: the function must give a future by value; use map for a plain "
                "value");

 public:
  using Output = OutputOf<Second>;

  AndThen(F future, Fn fn)
      : stage_(std::in_place_index<0>, std::move(future)), fn_(std::move(fn)) {}

  Poll<Output> poll(Context& context) {
    if (F* const first = std::get_if<0>(&stage_)) {
      auto answer = first->poll(context);
      if (answer.is_pending()) return Pending;
      stage_.template emplace<1>(detail::invoke_with(fn_, std::move(answer).value()));
    }
    return std::get_if<1>(&stage_)->poll(context);
  }

 private:
  // One after the other in the same memory: the pair is as large as the larger of them.
  std::variant<F, Second> stage_;
  [[no_unique_address]] Fn fn_;
};

namespace detail {

template <class Fn>
struct AndThenWith {
  Fn fn;
};

}  // namespace detail

/// Waits for `future`, then for the future that fn(output) gives, and gives that one's output. The
/// first is destroyed when the second begins. Where the output is void or Unit, `fn` may take no
/// argument.
///
/// A temporary future is moved in; a named one is polled in place and must outlive this.
/// Cancelling: cancels the one that is being waited for; loses what that one loses. An exception of
/// either, or of `fn`, comes out of the await. No allocation; as large as the larger of the two
/// futures, `fn`, and a byte.
template <Future F, class Fn>
[[nodiscard]] auto and_then(F&& future, Fn&& fn) {
  using Held = detail::HeldFuture<F>;
  return AndThen<Held, std::decay_t<Fn>>(Held(std::forward<F>(future)), std::forward<Fn>(fn));
}

/// The right side of `future | and_then(fn)`.
template <class Fn>
[[nodiscard]] auto and_then(Fn&& fn) {
  return detail::AndThenWith<std::decay_t<Fn>>{std::forward<Fn>(fn)};
}

namespace detail {

template <Future F, class Fn>
[[nodiscard]] auto operator|(F&& future, AndThenWith<Fn> with) {
  return twofold::and_then(std::forward<F>(future), std::move(with.fn));
}

}  // namespace detail
}  // namespace twofold
