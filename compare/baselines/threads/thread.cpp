#include "baselines/threads/thread.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

// Threads that are left to the rest of the machine.
constexpr std::uint64_t kReserve = 500;

// Each thread is a mapping for its stack and one for the guard below.
constexpr std::uint64_t kMappingsPerThread = 2;

struct Limit {
  std::string name;
  std::uint64_t threads = std::numeric_limits<std::uint64_t>::max();
};

// The number in `path`; no limit where there is none ("max", or no such file).
std::uint64_t number_in(const std::string& path) {
  std::uint64_t value = 0;
  std::ifstream file(path);
  return file >> value ? value : std::numeric_limits<std::uint64_t>::max();
}

// The pids.max of this process's control group (version 2), or of none.
std::uint64_t control_group_limit() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    if (line.starts_with("0::")) {
      return number_in("/sys/fs/cgroup" + line.substr(3) + "/pids.max");
    }
  }
  return std::numeric_limits<std::uint64_t>::max();
}

Limit tightest_limit() {
  rlimit processes{};
  ::getrlimit(RLIMIT_NPROC, &processes);
  const std::vector<Limit> limits = {
      {"kernel.threads-max", number_in("/proc/sys/kernel/threads-max")},
      {"kernel.pid_max", number_in("/proc/sys/kernel/pid_max")},
      {"vm.max_map_count, two mappings a thread",
       number_in("/proc/sys/vm/max_map_count") / kMappingsPerThread},
      {"pids.max of the control group", control_group_limit()},
      {"RLIMIT_NPROC", processes.rlim_cur},
  };
  return *std::min_element(limits.begin(), limits.end(),
                           [](const Limit& a, const Limit& b) { return a.threads < b.threads; });
}

[[noreturn]] void throw_capped(std::uint64_t running, const char* why) {
  const Limit limit = tightest_limit();
  throw Capped(std::string(why) + " " + std::to_string(running) + " threads: " + limit.name +
               " allows " + std::to_string(limit.threads));
}

void* run_body(void* argument) {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
  (*body)();
  return nullptr;
}

}  // namespace

Thread::Thread(std::function<void()> body, std::size_t already_running, std::size_t stack_bytes) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_bytes);
  auto owned = std::make_unique<std::function<void()>>(std::move(body));
  const int error = ::pthread_create(&handle_, &attributes, run_body, owned.get());
  ::pthread_attr_destroy(&attributes);
  if (error == EAGAIN || error == ENOMEM) {
    throw_capped(already_running, "no more than");
  }
  if (error != 0) {
    throw std::system_error(error, std::generic_category(), "starting a thread");
  }
  (void)owned.release();
  joinable_ = true;
}

Thread::~Thread() {
  if (joinable_) {
    ::pthread_detach(handle_);
  }
}

void Thread::join() {
  ::pthread_join(handle_, nullptr);
  joinable_ = false;
}

void require_threads(std::uint64_t count) {
  const Limit limit = tightest_limit();
  if (count + kReserve > limit.threads) {
    throw_capped(count, "not tried with");
  }
}

}  // namespace twofold::compare
