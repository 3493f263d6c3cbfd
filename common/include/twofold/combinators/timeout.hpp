// timeout, timeout_at: a future that is given only so much time.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "twofold/combinators/select.hpp"
#include "twofold/time.hpp"

namespace twofold {

/// Ready with the output of a future, or with nothing once time is up. See timeout().
template <Future F>
class [[nodiscard]] Timeout {
 public:
  using Output = std::optional<OutputOf<F>>;

  Timeout(Sleep limit, F future) : race_(std::move(future), std::move(limit)) {}

  Poll<Output> poll(Context& context) {
    auto answer = race_.poll(context);
    if (answer.is_pending()) return Pending;
    auto&& first = std::move(answer).value();
    if (first.index() != 0) return Ready(Output(std::nullopt));
    return Ready(Output(std::in_place, std::get<0>(std::move(first))));
  }

 private:
  Select<F, Sleep> race_;
};

/// Gives the output of `future`, or std::nullopt when `duration` has passed since this was first
/// polled. A future that is ready in time wins, also where the time is up in the same turn.
///
/// A temporary future is moved in, and is cancelled before the nullopt is given; a named one is
/// polled in place, must outlive this, and goes on after the nullopt, to be awaited again.
/// A duration of zero or less polls the future once. Exceptions of the future come out of the
/// await. Cancelling: as cancelling the future. No allocation.
template <class Rep, class Period, Future F>
[[nodiscard]] auto timeout(std::chrono::duration<Rep, Period> duration, F&& future) {
  using Held = detail::HeldFuture<F>;
  return Timeout<Held>(sleep(duration), Held(std::forward<F>(future)));
}

/// As timeout, with a deadline: std::nullopt when it is `time` on the clock that now() reads.
/// Several operations that share a deadline take one `now() + duration`.
template <class Duration, Future F>
[[nodiscard]] auto timeout_at(std::chrono::time_point<std::chrono::steady_clock, Duration> time,
                              F&& future) {
  using Held = detail::HeldFuture<F>;
  return Timeout<Held>(sleep_until(time), Held(std::forward<F>(future)));
}

}  // namespace twofold
