// Futures that watch themselves: what the tests of the combinators and of sync/ are told by.
#pragma once

#include <memory>
#include <twofold/twofold.hpp>
#include <utility>

namespace twofold::test {

/// What became of a Probe.
struct ProbeLog {
  int polls = 0;
  int destroyed = 0;  ///< probes that had been polled and are gone
};

/// Ready with `value` at poll number `polls_needed`; wakes itself until then, or never.
class Probe {
 public:
  using Output = int;
  static constexpr int kNever = 1 << 30;

  Probe(ProbeLog& log, int polls_needed, int value)
      : log_(&log), polls_needed_(polls_needed), value_(value) {}
  Probe(Probe&& other) noexcept
      : log_(std::exchange(other.log_, nullptr)),
        polls_needed_(other.polls_needed_),
        value_(other.value_) {}
  Probe& operator=(Probe&&) = delete;
  ~Probe() {
    if (log_ != nullptr) ++log_->destroyed;
  }

  Poll<int> poll(Context& context) {
    ++log_->polls;
    if (--polls_needed_ <= 0) return Ready(value_);
    if (polls_needed_ < kNever / 2) detail::defer(context.task());
    return Pending;
  }

 private:
  ProbeLog* log_;
  int polls_needed_;
  int value_;
};

}  // namespace twofold::test
