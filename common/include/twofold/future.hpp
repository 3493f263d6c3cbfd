// Future: an operation and its state in one object, done by being polled.
//
// A future does nothing until it is first polled (laziness), may be moved until then and never
// after, and is cancelled by being destroyed. poll() answers Ready(value) once, or Pending after it
// has arranged that the context's task will be woken. Rust's std::future::Future, as a C++ concept.
#pragma once

#include <concepts>
#include <type_traits>

#include "twofold/poll.hpp"
#include "twofold/waker.hpp"

namespace twofold {

/// Any type with `using Output = T;` and `Poll<T> poll(Context&)`.
template <class F>
concept Future = requires(std::remove_cvref_t<F>& future, Context& context) {
  typename std::remove_cvref_t<F>::Output;
  { future.poll(context) } -> std::convertible_to<Poll<typename std::remove_cvref_t<F>::Output>>;
};

/// What a future gives, as its author wrote it (may be void).
template <Future F>
using RawOutput = typename std::remove_cvref_t<F>::Output;

/// What a future gives, as a combinator holds it: Unit for void.
template <Future F>
using OutputOf = UnitIfVoid<RawOutput<F>>;

}  // namespace twofold
