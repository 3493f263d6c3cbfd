// `sleepers`: what a task costs that only waits, in memory and in time.
#include "workloads/dormitory.hpp"

namespace twofold::compare {
namespace {

TF_ASYNC(std::uint64_t) sleeper(Dormitory& dormitory, std::uint64_t index) {
  ++dormitory.asleep;
  while (!dormitory.instant.passed()) TF_AWAIT(sleep_until(dormitory.instant.at()));
  TF_RETURN index;
}

void run_sleepers(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  Runtime runtime(runtime_options(params));
  const Memory before = memory_now();
  const MemoryDetails details_before = memory_details_now();
  const double cpu_at_start = process_cpu_seconds();
  Dormitory dormitory(std::chrono::milliseconds(params.get("sleep_ms")));
  const NightReport result = runtime.block_on(put_to_sleep<sleeper>, std::ref(dormitory), tasks);
  const double cpu_seconds = process_cpu_seconds() - cpu_at_start - result.looking_cpu_s;
  check_equal("the sum of the indices", result.sum, tasks * (tasks - 1) / 2);
  output.metric("bytes_per_task", "B", bytes_each(before, result.all_asleep, tasks));
  output.metric("ns_per_op", "ns", cpu_seconds * 1e9 / static_cast<double>(tasks));
  const auto growth = [](std::uint64_t from, std::uint64_t to) {
    return to > from ? static_cast<double>(to - from) : 0.0;
  };
  const auto each = static_cast<double>(tasks);
  const MemoryDetails& details = result.details;
  output.metric("rss_bytes_per_task", "B",
                growth(before.resident_bytes, result.all_asleep.resident_bytes) / each);
  output.metric("page_table_bytes_per_task", "B",
                growth(before.page_table_bytes, result.all_asleep.page_table_bytes) / each);
  output.metric("pss_bytes_per_task", "B",
                growth(details_before.proportional_bytes, details.proportional_bytes) / each);
  output.metric("virtual_bytes_per_task", "B",
                growth(details_before.virtual_bytes, details.virtual_bytes) / each);
  output.metric("mappings", "", growth(details_before.mappings, details.mappings));
  output.check_ok(result.sum, tasks);
}

const RegisteredWorkload registered(workload_info("sleepers"), run_sleepers);

}  // namespace
}  // namespace twofold::compare
