// RuntimeOptions: what a Runtime can be told when it is made. The environment variable TWOFOLD_LOG
// adds to it (debug/log.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "twofold/debug/stall.hpp"
#include "twofold/debug/tracer.hpp"

namespace twofold {

enum class Clock : std::uint8_t {
  real,          ///< the kernel's monotonic clock
  virtual_time,  ///< stands still while anything can run, then jumps to the next timer
};

enum class Network : std::uint8_t {
  kernel,     ///< the operating system's
  in_memory,  ///< TCP between the tasks of the runtime, without the kernel; needs a seed
};

/// What a network in memory does to those who use it, each time by the seed.
struct NetworkFaults {
  /// How long what is sent takes to arrive.
  std::chrono::nanoseconds least_latency = std::chrono::microseconds(10);
  std::chrono::nanoseconds most_latency = std::chrono::milliseconds(1);
  /// How many of 1,000 reads and writes move only a part.
  unsigned partial_per_mille = 500;
  /// How many of 1,000 writes find that the connection was reset.
  unsigned resets_per_mille = 0;
  /// What is sent and not yet received, at most, in each direction of a connection.
  std::size_t buffer_bytes = 65536;
};

struct RuntimeOptions {
  /// Threads that run tasks. 1: everything happens on the thread that calls block_on, and a wake
  /// from that thread costs no atomic read-modify-write. More: the runtime has as many threads of
  /// its own, among which tasks move, and block_on only waits; real time only. 0: as many as
  /// there are cores that the thread which makes the runtime may run on, and no more than its
  /// container's quota of time comes to (cgroup v2). At most 4,096. The threads inherit that one's
  /// affinity.
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
  /// Deterministic mode: which ready task runs next comes from this number alone, and time is
  /// virtual, so that a run can be repeated exactly (docs/design/deterministic-mode.md). One
  /// worker. Blocking work, signals, other threads and the kernel's descriptors stay what they are.
  std::optional<std::uint64_t> seed = std::nullopt;
  /// What TcpListener::bind and TcpStream::connect use, called in a task.
  Network network = Network::kernel;
  NetworkFaults network_faults = {};
  /// A task that keeps its worker for this long is reported, with where it is; 0: nobody looks. One
  /// thread of the process looks after all runtimes that ask for it; workers pay nothing. A thread
  /// that is found out gets the signal SIGURG: a system call that it blocks in may end with EINTR
  /// where the system cannot restart it (nanosleep, poll).
  std::chrono::nanoseconds stall_threshold{0};
  StallReporter on_stall = &write_stall;
  /// SIGQUIT (Ctrl-\) writes all tasks to standard error, instead of ending the program. A task
  /// that keeps the only worker keeps the list from being written too.
  bool dump_on_sigquit = false;
  /// Is told what happens to tasks; must outlive the runtime.
  Tracer* tracer = nullptr;
};

}  // namespace twofold
