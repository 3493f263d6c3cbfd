// sleep, sleep_until, Interval, yield_now: futures of time and turn.
#pragma once

#include <chrono>
#include <utility>

#include "twofold/future.hpp"
#include "twofold/reactor/timer_wheel.hpp"

namespace twofold {

/// Ready once a duration has passed or a time has come. Never early; late by up to a tick (66 us)
/// and what the executor was busy with. Cancelling it loses nothing. No allocation. A duration
/// counts from the first poll. Needs a runtime when it is polled.
class Sleep {
 public:
  using Output = Unit;

  explicit Sleep(std::chrono::nanoseconds duration) noexcept : duration_(duration) {}
  Sleep(Sleep&& other) noexcept : duration_(other.duration_), absolute_(other.absolute_) {}
  Sleep& operator=(Sleep&&) = delete;
  ~Sleep() {
    if (node_.is_queued()) cancel();
  }

  /// Until this time of the steady clock (of the virtual clock, counted from its start, in virtual
  /// time).
  [[nodiscard]] static Sleep until(std::chrono::nanoseconds since_epoch) noexcept {
    Sleep sleep(since_epoch);
    sleep.absolute_ = true;
    return sleep;
  }

  Poll<Unit> poll(Context& context);

 private:
  void cancel() noexcept;

  union {
    std::chrono::nanoseconds duration_;  // until it is first polled
    detail::Executor* executor_;         // from then on: whose timer it is
  };
  bool absolute_ = false;
  bool started_ = false;
  detail::TimerNode node_;
};

/// A future that is ready when `duration` has passed since it was first polled. Negative: at once.
template <class Rep, class Period>
[[nodiscard]] Sleep sleep(std::chrono::duration<Rep, Period> duration) {
  using std::chrono::nanoseconds;
  // Compared as floating point: a duration of hours or more may not fit the nanoseconds' integer.
  using Wide = std::chrono::duration<long double, std::nano>;
  if (Wide(duration) >= Wide(nanoseconds::max())) return Sleep(nanoseconds::max());
  return Sleep(std::chrono::ceil<nanoseconds>(duration));
}

/// A future that is ready at `time`.
template <class Duration>
[[nodiscard]] Sleep sleep_until(std::chrono::time_point<std::chrono::steady_clock, Duration> time) {
  return Sleep::until(std::chrono::ceil<std::chrono::nanoseconds>(time.time_since_epoch()));
}

/// Ready at every multiple of a period, counted from its first tick, which is ready at once. A tick
/// that was missed is ready at once; ticks are not dropped.
class Interval {
 public:
  template <class Rep, class Period>
  explicit Interval(std::chrono::duration<Rep, Period> period)
      : period_(std::chrono::ceil<std::chrono::nanoseconds>(period)) {}

  class Tick {
   public:
    using Output = Unit;
    explicit Tick(Interval& interval) noexcept : interval_(&interval), sleep_(Sleep::until({})) {}
    Poll<Unit> poll(Context& context);

   private:
    Interval* interval_;
    bool started_ = false;
    Sleep sleep_;
  };

  /// The next tick. Cancelling it loses nothing: the same tick comes again.
  [[nodiscard]] Tick tick() noexcept { return Tick(*this); }

 private:
  std::chrono::nanoseconds period_;
  std::chrono::nanoseconds next_{-1};
};

/// Pending once, with the task put behind all that are ready.
class YieldNow {
 public:
  using Output = Unit;
  Poll<Unit> poll(Context& context);

 private:
  bool yielded_ = false;
};

/// A future that lets every other ready task run first. The reactor and the timers get their turn
/// after at most 256 tasks, not at each yield.
[[nodiscard]] inline YieldNow yield_now() noexcept { return {}; }

}  // namespace twofold

#include "twofold/executor/executor.hpp"

namespace twofold {

inline Poll<Unit> YieldNow::poll(Context& context) {
  if (std::exchange(yielded_, true)) return Ready();
  detail::TaskHeader& task = context.task();
  detail::defer(task);
  return Pending;
}

}  // namespace twofold
