// The instant by which a whole sample must be over. Passed to everything that waits, so that no
// sequence of waits can outlast the limit that the user gave.
#pragma once

#include <algorithm>
#include <chrono>

namespace twofold::compare {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(std::chrono::milliseconds from_now)
      : limit_(from_now), at_(Clock::now() + from_now) {}

  [[nodiscard]] std::chrono::nanoseconds remaining() const {
    return std::max(std::chrono::nanoseconds{0},
                    std::chrono::duration_cast<std::chrono::nanoseconds>(at_ - Clock::now()));
  }
  [[nodiscard]] bool passed() const { return Clock::now() >= at_; }

  // For poll(2): rounded up, so that a wait which times out finds the deadline passed.
  [[nodiscard]] int remaining_ms() const {
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(remaining()).count());
  }

  // The limit that was given, for messages.
  [[nodiscard]] double limit_seconds() const {
    return std::chrono::duration<double>(limit_).count();
  }

 private:
  std::chrono::milliseconds limit_;
  Clock::time_point at_;
};

}  // namespace twofold::compare
