// `owning_sleepers`: `sleepers` that own something while they sleep: a string, a vector, and a try
// block around the await. What a task costs in a program, where functions call the library and have
// destructors.
#include <stdexcept>
#include <string>

#include "workloads/dormitory.hpp"

namespace twofold::compare {
namespace {

constexpr std::size_t kTextBytes = 48;
constexpr std::size_t kNumbers = 8;

// 1 to 9 by the index, kTextBytes times: what the string holds, to be summed up afterwards.
[[nodiscard]] char letter_of(std::uint64_t index) { return static_cast<char>(1 + index % 9); }

TF_ASYNC(std::uint64_t) sleeper(Dormitory& dormitory, std::uint64_t index) {
  const std::string text(kTextBytes, letter_of(index));
  std::vector<std::uint64_t> numbers(kNumbers, index);
  try {
    ++dormitory.asleep;
    while (!dormitory.instant.passed()) TF_AWAIT(sleep_until(dormitory.instant.at()));
    if (numbers.back() != index) throw CheckFailed("a number has changed during the sleep");
  } catch (const std::bad_alloc&) {
    numbers.clear();
  }
  std::uint64_t sum = 0;
  for (const char letter : text) sum += static_cast<unsigned char>(letter);
  for (const std::uint64_t number : numbers) sum += number;
  TF_RETURN sum;
}

[[nodiscard]] std::uint64_t expected_sum(std::uint64_t tasks) {
  std::uint64_t sum = kNumbers * (tasks * (tasks - 1) / 2);
  for (std::uint64_t i = 0; i < tasks; ++i)
    sum += kTextBytes * static_cast<unsigned char>(letter_of(i));
  return sum;
}

void run_owning_sleepers(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  Runtime runtime(runtime_options(params));
  const Memory before = memory_now();
  const double cpu_at_start = process_cpu_seconds();
  Dormitory dormitory(std::chrono::milliseconds(params.get("sleep_ms")));
  const NightReport result = runtime.block_on(put_to_sleep<sleeper>, std::ref(dormitory), tasks);
  const double cpu_seconds = process_cpu_seconds() - cpu_at_start - result.looking_cpu_s;
  check_equal("the sum of what was owned", result.sum, expected_sum(tasks));
  output.metric("bytes_per_task", "B", bytes_each(before, result.all_asleep, tasks));
  output.metric("ns_per_op", "ns", cpu_seconds * 1e9 / static_cast<double>(tasks));
  output.check_ok(result.sum, tasks);
}

const RegisteredWorkload registered(workload_info("owning_sleepers"), run_owning_sleepers);

}  // namespace
}  // namespace twofold::compare
