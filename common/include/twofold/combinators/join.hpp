// join, join_all: several futures at once inside one task, until all are ready.
#pragma once

#include <cassert>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "twofold/combinators/held_future.hpp"

namespace twofold {
namespace detail {

/// A future, then in its place its output, then nothing.
template <Future F>
class JoinSlot {
 public:
  explicit JoinSlot(F future) : slot_(std::in_place_index<0>, std::move(future)) {}

  /// Polls the future where it is still there. True: the output is.
  [[nodiscard]] bool poll(Context& context) {
    assert(slot_.index() != 2 && "twofold: a join was polled after it was ready");
    F* const future = std::get_if<0>(&slot_);
    if (future == nullptr) return true;
    auto answer = future->poll(context);
    if (answer.is_pending()) return false;
    // The output leaves the answer before the future goes, which it may refer to.
    slot_.template emplace<1>(std::move(answer).value());
    return true;
  }

  [[nodiscard]] OutputOf<F> take() {
    OutputOf<F> output = std::move(*std::get_if<1>(&slot_));
    slot_.template emplace<2>();
    return output;
  }

 private:
  std::variant<F, OutputOf<F>, std::monostate> slot_;
};

}  // namespace detail

/// Ready with all outputs when all futures are ready. See join().
template <Future... Fs>
class [[nodiscard]] Join {
 public:
  using Output = std::tuple<OutputOf<Fs>...>;

  explicit Join(Fs... futures) : slots_(detail::JoinSlot<Fs>(std::move(futures))...) {}

  Poll<Output> poll(Context& context) {
    return std::apply(
        [&](auto&... slots) -> Poll<Output> {
          bool all = true;
          // One after another, each of them, also when an earlier one is pending.
          ((all = slots.poll(context) && all), ...);
          if (!all) return Pending;
          return Poll<Output>(std::in_place, Output(slots.take()...));
        },
        slots_);
  }

 private:
  std::tuple<detail::JoinSlot<Fs>...> slots_;
};

/// Runs all futures inside the awaiting task and gives their outputs as a tuple, in the order of
/// the arguments (Unit for void). They take turns at their suspension points; none is on another
/// thread.
///
/// Temporaries are moved in; named futures are polled in place, are not destroyed by this, and must
/// outlive it. Each wake polls every future that is still pending.
/// Exceptions: the first one comes out of the await; the outputs of the others are dropped, and
/// those that are pending are cancelled when the join is destroyed.
/// Cancelling: cancels all that were moved in and drops the outputs that were there already.
/// No allocation; for each future the larger of it and its output, and a byte.
template <Future... Fs>
[[nodiscard]] auto join(Fs&&... futures) {
  return Join<detail::HeldFuture<Fs>...>(detail::HeldFuture<Fs>(std::forward<Fs>(futures))...);
}

/// Ready with all outputs when all futures are ready. See join_all().
template <Future F>
class [[nodiscard]] JoinAll {
 public:
  using Output = std::vector<OutputOf<F>>;

  explicit JoinAll(std::vector<detail::JoinSlot<F>> slots) noexcept : slots_(std::move(slots)) {}

  Poll<Output> poll(Context& context) {
    bool all = true;
    for (detail::JoinSlot<F>& slot : slots_) all = slot.poll(context) && all;
    if (!all) return Pending;
    Output outputs;
    outputs.reserve(slots_.size());
    for (detail::JoinSlot<F>& slot : slots_) outputs.push_back(slot.take());
    return Poll<Output>(std::in_place, std::move(outputs));
  }

 private:
  std::vector<detail::JoinSlot<F>> slots_;
};

/// join() for a range of futures of one type: gives a std::vector of their outputs, in the order of
/// the range. The elements of a temporary container, and what a view makes, are moved in; those of
/// a named container are polled in place, and the container must outlive this, unchanged.
///
/// Allocates twice: room for the futures here, room for the outputs when all are ready. Each wake
/// polls every future that is still pending: for more than some dozens, spawn tasks instead.
/// Exceptions and cancelling: as for join().
template <std::ranges::input_range R>
requires Future<std::ranges::range_reference_t<R>>
[[nodiscard]] auto join_all(R&& range) {
  using Element = std::ranges::range_reference_t<R>;
  constexpr bool kDiesWithCall =
      !std::is_lvalue_reference_v<R> && !std::ranges::view<std::remove_cvref_t<R>>;
  using Given = std::conditional_t<kDiesWithCall, std::remove_reference_t<Element>, Element>;
  using Held = detail::HeldFuture<Given>;
  std::vector<detail::JoinSlot<Held>> slots;
  if constexpr (std::ranges::sized_range<R>) slots.reserve(std::ranges::size(range));
  for (auto&& element : range) slots.emplace_back(Held(static_cast<Given&&>(element)));
  return JoinAll<Held>(std::move(slots));
}

}  // namespace twofold
