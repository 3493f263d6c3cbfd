// The instant at which all tasks of `sleepers` wake, as the catalogue defines it.
//
// Shared by the starting task, which moves it on while it has not yet got all to sleep, and the
// sleepers, which look at it when they wake. Any thread may do either; only one thread postpones.
#pragma once

#include <atomic>
#include <chrono>

namespace twofold::compare {

class CommonInstant {
 public:
  using Clock = std::chrono::steady_clock;

  // `delay` from now.
  explicit CommonInstant(std::chrono::nanoseconds delay)
      : start_(Clock::now()), delay_(delay), at_(start_ + delay) {}

  [[nodiscard]] Clock::time_point at() const { return at_.load(); }
  [[nodiscard]] bool passed() const { return Clock::now() >= at(); }

  // Called again and again while not all sleep: when three quarters of the time are over, there is
  // to be twice as much. Doubling bounds how often each sleeper wakes in vain.
  void postpone_if_early() {
    if (Clock::now() - start_ > delay_ * 3 / 4) {
      delay_ *= 2;
      at_.store(start_ + delay_);
    }
  }

 private:
  Clock::time_point start_;
  std::chrono::nanoseconds delay_;
  std::atomic<Clock::time_point> at_;
};

}  // namespace twofold::compare
