// now, sleep, sleep_until, Interval, yield_now: the clock, and futures of time and turn.
#pragma once

#include <chrono>
#include <utility>

#include "twofold/future.hpp"
#include "twofold/reactor/timer_wheel.hpp"

namespace twofold {
namespace detail {

/// A duration as the timers count: rounded up, the longest one for what is longer (hours::max() is
/// no number of nanoseconds), and none for what is below zero.
template <class Rep, class Period>
[[nodiscard]] std::chrono::nanoseconds clamped_nanoseconds(
    std::chrono::duration<Rep, Period> duration) {
  using std::chrono::nanoseconds;
  // Compared as floating point, which all of them fit.
  using Wide = std::chrono::duration<long double, std::nano>;
  if (!(duration > duration.zero())) return nanoseconds::zero();
  if (Wide(duration) >= Wide(nanoseconds::max())) return nanoseconds::max();
  return std::chrono::ceil<nanoseconds>(duration);
}

}  // namespace detail

/// The time on the clock of the runtime that runs this task: the steady clock's, or, in virtual
/// time, counted from its start. What sleep_until and timeout_at take. Outside of a runtime the
/// steady clock's.
[[nodiscard]] std::chrono::steady_clock::time_point now() noexcept;

/// Ready once a duration has passed or a time has come. Never early; late by up to a tick (66 us)
/// and what the executor was busy with. Cancelling it loses nothing. No allocation. A duration
/// counts from the first poll. Needs a runtime when it is polled.
class Sleep {
 public:
  using Output = Unit;

  explicit Sleep(std::chrono::nanoseconds duration) noexcept {
    node_.deadline = not_negative(duration) | kFromFirstPoll;
  }
  Sleep(Sleep&& other) noexcept { node_.deadline = other.node_.deadline; }
  Sleep& operator=(Sleep&&) = delete;
  ~Sleep() {
    if (node_.is_queued()) cancel();
  }

  /// Until this time of the clock that now() reads.
  [[nodiscard]] static Sleep until(std::chrono::nanoseconds since_epoch) noexcept {
    Sleep sleep{std::chrono::nanoseconds(0)};
    sleep.node_.deadline = not_negative(since_epoch);
    return sleep;
  }

  Poll<Unit> poll(Context& context) noexcept;

 private:
  // Until it is first polled, the deadline is what it was made with: a time, or with this bit,
  // which no time has, a duration.
  static constexpr detail::Nanoseconds kFromFirstPoll = detail::Nanoseconds{1} << 63;

  [[nodiscard]] static detail::Nanoseconds not_negative(std::chrono::nanoseconds time) noexcept {
    return time.count() > 0 ? static_cast<detail::Nanoseconds>(time.count()) : 0;
  }
  [[nodiscard]] bool start(detail::TaskHeader& task) noexcept;
  [[nodiscard]] bool wait_again(detail::TaskHeader& task) noexcept;
  void cancel() noexcept;

  detail::TimerNode node_;  // the timer is its waiter's executor's
};

/// A future that is ready when `duration` has passed since it was first polled. Negative: at once.
template <class Rep, class Period>
[[nodiscard]] Sleep sleep(std::chrono::duration<Rep, Period> duration) {
  return Sleep(detail::clamped_nanoseconds(duration));
}

/// A future that is ready at `time` of the clock that now() reads.
template <class Duration>
[[nodiscard]] Sleep sleep_until(std::chrono::time_point<std::chrono::steady_clock, Duration> time) {
  return Sleep::until(detail::clamped_nanoseconds(time.time_since_epoch()));
}

/// Ready at every multiple of a period, counted from its first tick, which is ready at once. A tick
/// that was missed is ready at once; ticks are not dropped, and none is late because another was.
class Interval {
 public:
  /// Throws std::invalid_argument where `period` is not above zero.
  template <class Rep, class Period>
  explicit Interval(std::chrono::duration<Rep, Period> period)
      : period_(detail::clamped_nanoseconds(period)) {
    if (period_.count() <= 0) throw_bad_period();
  }

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
  /// Begins anew: the next tick is ready at once, and the others count from there. Not while a tick
  /// is pending.
  void reset() noexcept { next_ = std::chrono::nanoseconds(-1); }

 private:
  [[noreturn]] static void throw_bad_period();

  std::chrono::nanoseconds period_;
  std::chrono::nanoseconds next_{-1};
};

/// Pending once, with the task put behind all that are ready.
class YieldNow {
 public:
  using Output = Unit;
  Poll<Unit> poll(Context& context) noexcept;

 private:
  bool yielded_ = false;
};

/// A future that lets every other ready task run first. The reactor and the timers get their turn
/// after at most 256 tasks, not at each yield.
[[nodiscard]] inline YieldNow yield_now() noexcept { return {}; }

}  // namespace twofold

#include "twofold/executor/executor.hpp"

namespace twofold {

inline Poll<Unit> YieldNow::poll(Context& context) noexcept {
  if (std::exchange(yielded_, true)) return Ready();
  detail::TaskHeader& task = context.task();
  detail::defer(task);
  return Pending;
}

}  // namespace twofold
