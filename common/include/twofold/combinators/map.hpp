// map: a future's output put through a function. `map(fut, fn)`, or `fut | map(fn)`.
#pragma once

#include <type_traits>
#include <utility>

#include "twofold/combinators/held_future.hpp"

namespace twofold {

/// Ready with fn(output) when `future` is ready. See map().
template <Future F, class Fn>
class [[nodiscard]] Map {
  using Result = detail::InvokedWith<Fn, OutputOf<F>>;

 public:
  using Output = UnitIfVoid<std::remove_cvref_t<Result>>;

  Map(F future, Fn fn) : future_(std::move(future)), fn_(std::move(fn)) {}

  Poll<Output> poll(Context& context) {
    auto answer = future_.poll(context);
    if (answer.is_pending()) return Pending;
    if constexpr (std::is_void_v<Result>) {
      detail::invoke_with(fn_, std::move(answer).value());
      return Ready();
    } else {
      return Poll<Output>(std::in_place, detail::invoke_with(fn_, std::move(answer).value()));
    }
  }

 private:
  [[no_unique_address]] F future_;
  [[no_unique_address]] Fn fn_;
};

namespace detail {

template <class Fn>
struct MapWith {
  Fn fn;
};

}  // namespace detail

/// Gives fn(output) once `future` is ready; `fn` is a plain function, called once. Where the output
/// is void or Unit, `fn` may take no argument; where `fn` gives void, so does the map (Unit).
///
/// A temporary future is moved in; a named one is polled in place and must outlive the map.
/// Cancelling: cancels the future that was moved in; `fn` is not called. An exception of the future
/// or of `fn` comes out of the await. No allocation; as large as the future and `fn` together.
template <Future F, class Fn>
[[nodiscard]] auto map(F&& future, Fn&& fn) {
  using Held = detail::HeldFuture<F>;
  return Map<Held, std::decay_t<Fn>>(Held(std::forward<F>(future)), std::forward<Fn>(fn));
}

/// The right side of `future | map(fn)`.
template <class Fn>
[[nodiscard]] auto map(Fn&& fn) {
  return detail::MapWith<std::decay_t<Fn>>{std::forward<Fn>(fn)};
}

namespace detail {

template <Future F, class Fn>
[[nodiscard]] auto operator|(F&& future, MapWith<Fn> with) {
  return twofold::map(std::forward<F>(future), std::move(with.fn));
}

}  // namespace detail
}  // namespace twofold
