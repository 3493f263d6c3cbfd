// `sleepers` with blocking threads. What the kernel holds for each of them besides (16 KiB of
// kernel stack and the task's own structures) is no memory of the process, and so not in the
// figure.
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "baselines/threads/thread.hpp"
#include "baselines/threads/workloads.hpp"
#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

using Clock = std::chrono::steady_clock;

// Shared with the sleepers, which outlive a failed run.
struct Dormitory {
  explicit Dormitory(std::uint64_t tasks) : indices(tasks) {}

  std::atomic<std::uint64_t> asleep{0};
  std::atomic<Clock::time_point> wake_at{};
  std::vector<std::uint64_t> indices;
};

void sleep_in(Dormitory& dormitory, std::uint64_t index) {
  dormitory.asleep.fetch_add(1);
  // The instant may have been moved on meanwhile.
  for (auto until = dormitory.wake_at.load(); Clock::now() < until;
       until = dormitory.wake_at.load()) {
    std::this_thread::sleep_until(until);
  }
  dormitory.indices[index] = index;
}

}  // namespace

void run_sleepers(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  const std::chrono::milliseconds delay(params.get("sleep_ms"));
  require_threads(tasks);

  const auto dormitory = std::make_shared<Dormitory>(tasks);
  std::vector<Thread> threads;
  threads.reserve(tasks);
  const Memory before = memory_now();
  const double cpu_at_start = process_cpu_seconds();
  // Moved on before any sleeper can reach it, until all are asleep.
  const auto postpone = [&] { dormitory->wake_at.store(Clock::now() + delay); };
  postpone();
  for (std::uint64_t i = 0; i < tasks; ++i) {
    if (dormitory->wake_at.load() - Clock::now() < delay / 2) {
      postpone();
    }
    threads.emplace_back([dormitory, i] { sleep_in(*dormitory, i); }, i);
  }
  while (dormitory->asleep.load() < tasks) {
    postpone();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const Memory all_asleep = memory_now();

  std::uint64_t checksum = 0;
  for (std::uint64_t i = 0; i < tasks; ++i) {
    threads[i].join();
    checksum += dormitory->indices[i];
  }
  const double cpu_seconds = process_cpu_seconds() - cpu_at_start;
  check_equal("the sum of the indices", checksum, tasks * (tasks - 1) / 2);
  output.metric("bytes_per_task", "B", bytes_each(before, all_asleep, tasks));
  output.metric("ns_per_op", "ns", cpu_seconds * 1e9 / static_cast<double>(tasks));
  output.check_ok(checksum, tasks);
}

}  // namespace twofold::compare
