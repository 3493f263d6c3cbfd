// select: several futures at once inside one task, until the first is ready.
#pragma once

#include <cassert>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "twofold/combinators/held_future.hpp"

namespace twofold {

/// Ready with the output of the first future that is ready. See select().
template <Future... Fs>
class [[nodiscard]] Select {
  static_assert(sizeof...(Fs) > 0, "twofold::select: needs a future");

 public:
  using Output = std::variant<OutputOf<Fs>...>;

  explicit Select(Fs... futures) : futures_(std::in_place, std::move(futures)...) {}

  Poll<Output> poll(Context& context) {
    assert(futures_ && "twofold: a select was polled after it was ready");
    return poll_from<0>(context);
  }

 private:
  template <std::size_t I>
  Poll<Output> poll_from(Context& context) {
    if constexpr (I == sizeof...(Fs)) {
      return Pending;
    } else {
      auto answer = std::get<I>(*futures_).poll(context);
      if (answer.is_pending()) return poll_from<I + 1>(context);
      Output output(std::in_place_index<I>, std::move(answer).value());
      // Before the answer, not with this object: who goes on from here may rely on the losers being
      // gone (a lock they queued for, a buffer they would write to).
      futures_.reset();
      return Poll<Output>(std::in_place, std::move(output));
    }
  }

  std::optional<std::tuple<Fs...>> futures_;
};

/// Runs all futures inside the awaiting task until one is ready, and gives its output as a variant,
/// in the alternative of its position (Unit for void; `result.index()` says which one won).
///
/// Order: they are polled in the order of the arguments, so that where several are ready the first
/// of them wins; those after it are not polled in that turn. Each wake polls all of them.
///
/// Temporaries are moved in; the losers among them are cancelled, that is destroyed, before the
/// select is ready, and lose what cancelling them loses. A named future (an lvalue: a JoinHandle, a
/// Sleep) is polled in place: it is neither moved nor destroyed, must outlive the select, and where
/// it lost it is still under way and may be awaited or selected again. Where it won, it is used up.
/// A named future stays registered for its task after it lost: that task may be woken in vain.
/// (A named `Async` can only be selected again, not awaited, once a select has begun to run it.)
///
/// Exceptions: one that a future throws comes out of the await, also where later ones were ready;
/// the others are cancelled when the select is destroyed.
/// Cancelling: cancels all that were moved in. No allocation; as large as the futures together and
/// a byte.
template <Future... Fs>
[[nodiscard]] auto select(Fs&&... futures) {
  return Select<detail::HeldFuture<Fs>...>(detail::HeldFuture<Fs>(std::forward<Fs>(futures))...);
}

}  // namespace twofold
