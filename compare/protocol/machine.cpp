#include "protocol/machine.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace twofold::compare {
namespace {

// A "VmXXX:   123 kB" line of /proc/PID/status in bytes; 0 when there is none (kernel thread,
// zombie, process gone).
std::uint64_t status_bytes(const std::string& path, const std::string& field) {
  std::ifstream status(path);
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(field + ":")) {
      std::istringstream value(line.substr(field.size() + 1));
      std::uint64_t kibibytes = 0;
      value >> kibibytes;
      return kibibytes * 1024;
    }
  }
  return 0;
}

}  // namespace

Memory memory_now() {
  return {status_bytes("/proc/self/status", "VmRSS"), status_bytes("/proc/self/status", "VmPTE")};
}

MemoryDetails memory_details_now() {
  std::ifstream maps("/proc/self/maps");
  std::uint64_t mappings = 0;
  for (std::string line; std::getline(maps, line);) {
    ++mappings;
  }
  return {status_bytes("/proc/self/smaps_rollup", "Pss"),
          status_bytes("/proc/self/status", "VmSize"), mappings};
}

Memory memory_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/status";
  return {status_bytes(path, "VmRSS"), status_bytes(path, "VmPTE")};
}

double bytes_each(const Memory& before, const Memory& after, std::uint64_t count) {
  if (count == 0 || after.total_bytes() <= before.total_bytes()) {
    return 0;
  }
  return static_cast<double>(after.total_bytes() - before.total_bytes()) /
         static_cast<double>(count);
}

std::uint64_t peak_resident_bytes(pid_t pid) {
  const std::string who = pid == 0 ? "self" : std::to_string(pid);
  return status_bytes("/proc/" + who + "/status", "VmHWM");
}

double process_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::uint64_t context_switches() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw);
}

bool pin_to_core(unsigned core) noexcept {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  return sched_setaffinity(0, sizeof cores, &cores) == 0;
}

void limit_to_cores(unsigned workers) noexcept {
  cpu_set_t allowed;
  if (workers == 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return;
  }
  cpu_set_t chosen;
  CPU_ZERO(&chosen);
  for (unsigned core = 0; core < CPU_SETSIZE && workers > 0; ++core) {
    if (CPU_ISSET(core, &allowed)) {
      CPU_SET(core, &chosen);
      --workers;
    }
  }
  sched_setaffinity(0, sizeof chosen, &chosen);
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return 0;
  }
  // The hard limit itself may be raised where the process is privileged; the kernel's own ceiling
  // is fs.nr_open.
  std::uint64_t ceiling = 0;
  std::ifstream("/proc/sys/fs/nr_open") >> ceiling;
  if (ceiling > limit.rlim_max) {
    const rlimit raised{ceiling, ceiling};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
      return ceiling;
    }
  }
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::string errno_message(const std::string& operation, int error) {
  return operation + ": " + std::generic_category().message(error);
}

}  // namespace twofold::compare
