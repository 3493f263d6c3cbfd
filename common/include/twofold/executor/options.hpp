// RuntimeOptions: what a Runtime can be told when it is made.
#pragma once

#include <cstddef>
#include <cstdint>

namespace twofold {

enum class Clock : std::uint8_t {
  real,          ///< the kernel's monotonic clock
  virtual_time,  ///< stands still while anything can run, then jumps to the next timer
};

struct RuntimeOptions {
  /// Threads that run tasks. 1, the only number so far: everything happens on the thread that calls
  /// block_on. Others are refused with std::invalid_argument.
  std::size_t workers = 1;
  Clock clock = Clock::real;
};

}  // namespace twofold
