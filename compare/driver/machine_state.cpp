#include "driver/machine_state.hpp"

#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace twofold::compare {
namespace {

// /proc/stat counts in ticks of 10 ms, two of which may fall on either side of a short sample.
constexpr double kTickSlack_s = 0.03;
constexpr double kMaxForeignCores = 0.15;
constexpr double kMaxStealFraction = 0.02;

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The value of the first "key : value" line of `path`.
std::string field(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(key)) {
      const auto colon = line.find(':');
      const auto start = line.find_first_not_of(" \t", colon + 1);
      return start == std::string::npos ? "" : line.substr(start);
    }
  }
  return "unavailable";
}

Json limit_json(int resource) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) {
    return nullptr;
  }
  return limit.rlim_cur == RLIM_INFINITY ? Json("unlimited") : Json(limit.rlim_cur);
}

// No figure is taken by them; a virtual machine seldom has them.
std::string performance_counters() {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  const long counter = ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
  if (counter < 0) return "unavailable";
  ::close(static_cast<int>(counter));
  return "there, and not used";
}

Json mitigations() {
  Json list = Json::object();
  std::error_code ignored;
  const std::filesystem::path folder = "/sys/devices/system/cpu/vulnerabilities";
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    list[file.filename().string()] = first_line(file.string());
  }
  return list;
}

}  // namespace

MachineTimes machine_times() {
  std::istringstream line(first_line("/proc/stat"));
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, io_wait = 0, irq = 0, soft_irq = 0, steal = 0;
  line >> cpu >> user >> nice >> system >> idle >> io_wait >> irq >> soft_irq >> steal;
  const auto tick_s = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  const double busy = user + nice + system + irq + soft_irq;
  return {busy * tick_s, steal * tick_s, (busy + idle + io_wait + steal) * tick_s};
}

double load_average() {
  double one_minute = 0;
  return ::getloadavg(&one_minute, 1) == 1 ? one_minute : 0;
}

bool Disturbance::is_large() const {
  return steal_fraction > kMaxStealFraction || foreign_cores > kMaxForeignCores;
}

Disturbance disturbance_between(const MachineTimes& before, const MachineTimes& after,
                                double wall_s, double own_cpu_s) {
  Disturbance disturbance;
  const double total_s = after.total_s - before.total_s;
  const double steal_s = after.steal_s - before.steal_s;
  if (total_s > 0) {
    disturbance.steal_fraction = std::max(0.0, steal_s - kTickSlack_s) / total_s;
  }
  if (wall_s > 0) {
    const double foreign_s = after.busy_s - before.busy_s - own_cpu_s;
    disturbance.foreign_cores = std::max(0.0, foreign_s - kTickSlack_s) / wall_s;
  }
  return disturbance;
}

Json describe_machine() {
  utsname names{};
  ::uname(&names);
  return {{"cpu", field("/proc/cpuinfo", "model name")},
          {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"memory", field("/proc/meminfo", "MemTotal")},
          {"kernel", std::string(names.sysname) + " " + names.release + " " + names.machine},
          {"system", field("/proc/cpuinfo", "flags").find("hypervisor") != std::string::npos
                         ? "virtual machine"
                         : "no hypervisor seen"},
          {"governor", std::filesystem::exists("/sys/devices/system/cpu/cpu0/cpufreq")
                           ? first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
                           : "unavailable"},
          {"transparent_huge_pages", first_line("/sys/kernel/mm/transparent_hugepage/enabled")},
          {"max_map_count", first_line("/proc/sys/vm/max_map_count")},
          {"overcommit_memory", first_line("/proc/sys/vm/overcommit_memory")},
          {"limits",
           {{"open_files", limit_json(RLIMIT_NOFILE)},
            {"processes", limit_json(RLIMIT_NPROC)},
            {"stack_bytes", limit_json(RLIMIT_STACK)},
            {"address_space", limit_json(RLIMIT_AS)}}},
          {"mitigations", mitigations()},
          {"performance_counters", performance_counters()}};
}

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &local);
  return text;
}

}  // namespace twofold::compare
