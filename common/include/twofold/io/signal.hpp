// signal: waiting for a signal of the operating system, such as SIGINT.
//
// Used for an orderly end: `select(signal(SIGTERM), serve())`. The handler only counts and writes
// to one eventfd of the process, which is never read: each write is an edge for every reactor that
// watches it, so any number of tasks, on any number of runtimes, see the same signal. No thread, no
// blocked signals.
#pragma once

#include <cstdint>

#include "twofold/future.hpp"
#include "twofold/reactor/reactor.hpp"

namespace twofold {

/// Ready when the signal has come at least once since the first poll. Cancelling it loses nothing
/// to others: a signal counts for everyone who waits. The first poll allocates, makes a descriptor
/// and throws std::system_error where there is none: a server polls it before it accepts.
class [[nodiscard]] Signal {
 public:
  using Output = Unit;

  explicit Signal(int number) noexcept : number_(number) {}
  Signal(Signal&& other) noexcept : number_(other.number_) {}
  Signal& operator=(Signal&&) = delete;
  ~Signal() = default;

  Poll<Unit> poll(Context& context);

 private:
  int number_;
  std::uint64_t seen_ = 0;
  detail::IoSourcePtr source_;
  detail::IoWait wait_{detail::Direction::kRead};  // ends before the source
};

/// A future that is ready when the process gets the signal `number`. From its first poll on, and to
/// the end of the process, the signal's own effect (SIGINT: the end) is off. Polling throws
/// std::system_error (EINVAL) for signals that cannot be caught, and for those of faults (SIGSEGV).
[[nodiscard]] inline Signal signal(int number) noexcept { return Signal(number); }

}  // namespace twofold
