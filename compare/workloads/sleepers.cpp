// `sleepers`: what a task costs that only waits, in memory and in time.
#include "protocol/common_instant.hpp"
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

struct Dormitory {
  explicit Dormitory(std::chrono::nanoseconds delay) : instant(delay) {}
  CommonInstant instant;
  std::uint64_t asleep = 0;
};

TF_ASYNC(std::uint64_t) sleeper(Dormitory& dormitory, std::uint64_t index) {
  ++dormitory.asleep;
  while (!dormitory.instant.passed()) TF_AWAIT(sleep_until(dormitory.instant.at()));
  TF_RETURN index;
}

struct Result {
  Memory all_asleep;
  std::uint64_t sum = 0;
};

TF_ASYNC(Result) put_to_sleep(Dormitory& dormitory, std::uint64_t tasks) {
  constexpr std::uint64_t kBatch = 256;
  std::vector<JoinHandle<std::uint64_t>> handles;
  handles.reserve(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i) {
    handles.push_back(spawn(sleeper, std::ref(dormitory), i));
    if (i % kBatch == 0) {
      dormitory.instant.postpone_if_early();
      TF_AWAIT(yield_now());
    }
  }
  while (dormitory.asleep < tasks) {
    dormitory.instant.postpone_if_early();
    TF_AWAIT(yield_now());
  }
  Result result{.all_asleep = memory_now()};
  for (auto& handle : handles) result.sum += TF_AWAIT(handle);
  TF_RETURN result;
}

void run_sleepers(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  Runtime runtime(runtime_options(params));
  const Memory before = memory_now();
  const double cpu_at_start = process_cpu_seconds();
  Dormitory dormitory(std::chrono::milliseconds(params.get("sleep_ms")));
  const Result result = runtime.block_on(put_to_sleep, std::ref(dormitory), tasks);
  const double cpu_seconds = process_cpu_seconds() - cpu_at_start;
  check_equal("the sum of the indices", result.sum, tasks * (tasks - 1) / 2);
  output.metric("bytes_per_task", "B", bytes_each(before, result.all_asleep, tasks));
  output.metric("ns_per_op", "ns", cpu_seconds * 1e9 / static_cast<double>(tasks));
  output.check_ok(result.sum, tasks);
}

const RegisteredWorkload registered(workload_info("sleepers"), run_sleepers);

}  // namespace
}  // namespace twofold::compare
