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
#include "protocol/common_instant.hpp"
#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

// Shared with the sleepers, which outlive a failed run.
struct Dormitory {
  Dormitory(std::uint64_t tasks, std::chrono::nanoseconds delay) : instant(delay), indices(tasks) {}

  // The body of sleeper `index`.
  void sleep(std::uint64_t index) {
    asleep.fetch_add(1);
    while (!instant.passed()) {
      std::this_thread::sleep_until(instant.at());
    }
    indices[index] = index;
  }

  CommonInstant instant;
  std::atomic<std::uint64_t> asleep{0};
  std::vector<std::uint64_t> indices;
};

}  // namespace

void run_sleepers(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  require_threads(tasks);

  std::vector<Thread> threads;
  threads.reserve(tasks);
  const Memory before = memory_now();
  const double cpu_at_start = process_cpu_seconds();
  const auto dormitory =
      std::make_shared<Dormitory>(tasks, std::chrono::milliseconds(params.get("sleep_ms")));
  for (std::uint64_t i = 0; i < tasks; ++i) {
    dormitory->instant.postpone_if_early();
    threads.emplace_back([dormitory, i] { dormitory->sleep(i); }, i);
  }
  while (dormitory->asleep.load() < tasks) {
    dormitory->instant.postpone_if_early();
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
