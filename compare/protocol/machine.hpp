// What a program reads from and asks of the machine it runs on: clocks, memory, cores, limits.
//
// Used by workloads, baselines and the load generator. Linux only, as are the measurements.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace twofold::compare {

// Memory of this process now: resident pages and the page tables that map them. Page tables count
// because sparse stacks cost more of them than their resident pages show.
struct Memory {
  std::uint64_t resident_bytes = 0;
  std::uint64_t page_table_bytes = 0;
  [[nodiscard]] std::uint64_t total_bytes() const { return resident_bytes + page_table_bytes; }
};
[[nodiscard]] Memory memory_now();
// Of another process; zeros where it is gone.
[[nodiscard]] Memory memory_of(pid_t pid);

// What else a process takes, which takes longer to find out: milliseconds when much is resident.
struct MemoryDetails {
  std::uint64_t proportional_bytes = 0;  // PSS: pages shared with other processes in parts
  std::uint64_t virtual_bytes = 0;       // addresses, most of which may never be touched
  std::uint64_t mappings = 0;            // which the kernel limits (vm.max_map_count)
};
[[nodiscard]] MemoryDetails memory_details_now();

// Growth from `before` to `after` over `count`, in bytes; zero when memory did not grow.
[[nodiscard]] double bytes_each(const Memory& before, const Memory& after, std::uint64_t count);

// Peak resident bytes of process `pid` (0: this one); 0 when the process is gone.
[[nodiscard]] std::uint64_t peak_resident_bytes(pid_t pid);

// CPU seconds, user and system, that this process has used in all its threads.
[[nodiscard]] double process_cpu_seconds();

// Context switches by the kernel, asked for and not, of all threads of this process so far.
[[nodiscard]] std::uint64_t context_switches();

// Runs this thread, and those it starts, on one core only. False when the machine does not allow
// it.
bool pin_to_core(unsigned core) noexcept;

// Runs this thread, and those it starts, on the first `workers` of the cores that it may use now; 0
// means all of them. How a program whose tasks are threads of the kernel obeys --workers.
void limit_to_cores(unsigned workers) noexcept;

// Raises the limit of open descriptors as far as permitted and gives what it is then.
std::uint64_t raise_descriptor_limit();

// Time since construction, in nanoseconds.
class Stopwatch {
 public:
  [[nodiscard]] double elapsed_ns() const {
    return std::chrono::duration<double, std::nano>(Clock::now() - start_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

// A message of the form "operation: text of errno", for errors of the outside world.
[[nodiscard]] std::string errno_message(const std::string& operation, int error);

}  // namespace twofold::compare
