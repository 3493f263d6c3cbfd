// HeldFuture: how a combinator keeps a future that it was given.
//
// Used by every combinator. A temporary is moved in and lives and dies with the combinator; a named
// future (an lvalue) is polled where it lies, so that `select(handle, sleep(1s))` neither moves nor
// cancels the handle. The rule is the one that co_await itself follows.
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "twofold/future.hpp"

namespace twofold::detail {

/// A future that belongs to somebody else, who keeps it alive and in place.
template <Future F>
class BorrowedFuture {
 public:
  using Output = RawOutput<F>;

  explicit BorrowedFuture(F& future) noexcept : future_(std::addressof(future)) {}
  auto poll(Context& context) { return future_->poll(context); }

 private:
  F* future_;
};

/// `F&` is borrowed, `F` is owned: for the F that a forwarding reference deduces.
template <Future F>
using HeldFuture =
    std::conditional_t<std::is_lvalue_reference_v<F>, BorrowedFuture<std::remove_reference_t<F>>,
                       std::remove_cvref_t<F>>;

/// Whether `fn` is called with a future's output T, or, since there is nothing in a Unit, without.
template <class Fn, class T>
inline constexpr bool kIgnoresUnit =
    std::is_same_v<T, Unit>&& std::is_invocable_v<Fn&> && !std::is_invocable_v<Fn&, Unit>;

/// fn(value), or fn() where there is only a Unit to give.
template <class Fn, class T>
decltype(auto) invoke_with(Fn& fn, T&& value) {
  if constexpr (kIgnoresUnit<Fn, std::remove_cvref_t<T>>) {
    return std::invoke(fn);
  } else {
    return std::invoke(fn, std::forward<T>(value));
  }
}

/// What invoke_with gives.
template <class Fn, class T>
using InvokedWith = decltype(invoke_with(std::declval<Fn&>(), std::declval<T>()));

}  // namespace twofold::detail
