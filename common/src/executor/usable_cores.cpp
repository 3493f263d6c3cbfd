#include "twofold/executor/usable_cores.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>

namespace twofold::detail {
namespace {

// Up to the 1,024th core of the machine.
std::size_t cores_of_affinity() noexcept {
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) == 0) {
    return static_cast<std::size_t>(CPU_COUNT(&usable));
  }
  return std::thread::hardware_concurrency();
}

// The path of this process's group, "/" or "/user.slice/job"; empty without control groups of
// version 2.
std::string control_group() {
  constexpr std::string_view kVersion2 = "0::";
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (line.starts_with(kVersion2)) return line.substr(kVersion2.size());
  }
  return {};
}

// The least of the group and those that it is in. `fewest` where none has a limit.
std::size_t cores_of_groups(std::size_t fewest) {
  for (std::string group = control_group(); !group.empty();
       group.resize(group.size() > 1 ? std::max<std::size_t>(group.rfind('/'), 1) : 0)) {
    std::ifstream file("/sys/fs/cgroup" + group + "/cpu.max");
    std::string cpu_max;
    std::getline(file, cpu_max);
    fewest = std::min(fewest, cores_of_quota(cpu_max).value_or(fewest));
  }
  return fewest;
}

}  // namespace

std::optional<std::size_t> cores_of_quota(const std::string& cpu_max) noexcept {
  const char* const begin = cpu_max.data();
  const char* const end = begin + cpu_max.size();
  std::uint64_t quota = 0;
  const auto [after_quota, bad_quota] = std::from_chars(begin, end, quota);
  if (bad_quota != std::errc() || after_quota == end || *after_quota != ' ') return std::nullopt;
  std::uint64_t period = 0;
  const auto [after_period, bad_period] = std::from_chars(after_quota + 1, end, period);
  if (bad_period != std::errc() || quota == 0 || period == 0) return std::nullopt;
  return static_cast<std::size_t>((quota - 1) / period + 1);
}

std::size_t usable_cores() noexcept {
  const std::size_t cores = std::max<std::size_t>(cores_of_affinity(), 1);
  try {
    return cores_of_groups(cores);
  } catch (...) {  // no memory for a path
    return cores;
  }
}

}  // namespace twofold::detail
