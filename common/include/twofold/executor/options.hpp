// RuntimeOptions: what a Runtime can be told when it is made.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace twofold {

enum class Clock : std::uint8_t {
  real,          ///< the kernel's monotonic clock
  virtual_time,  ///< stands still while anything can run, then jumps to the next timer
};

struct RuntimeOptions {
  /// Threads that run tasks. 1: everything happens on the thread that calls block_on, and a wake
  /// costs no atomic operation. More: the runtime has as many threads of its own, among which tasks
  /// move, and block_on only waits; real time only. 0: one for each core.
  std::size_t workers = 1;
  Clock clock = Clock::real;
  /// The most threads for blocking work (spawn_blocking, files, name resolution); more work waits
  /// for its turn. They are started when there is work. At least 1.
  std::size_t blocking_threads = 512;
  /// How long an idle thread for blocking work stays.
  std::chrono::nanoseconds blocking_keep_alive = std::chrono::seconds(10);
  /// How long the runtime's destructor waits for blocking work that runs; what has not begun is
  /// given up. The default waits for as long as it takes.
  std::chrono::nanoseconds shutdown_grace = std::chrono::nanoseconds::max();
};

}  // namespace twofold
