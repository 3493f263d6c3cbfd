// `callback_suspend`: waiting inside a callback of code that knows nothing of tasks, here libc's
// qsort. A fiber can; a coroutine cannot, because the callback's caller would have to be one too.
#include <cstdlib>
#include <random>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

#ifdef TWOFOLD_COMPARE_STACKFUL

std::uint64_t comparisons = 0;

int compare_and_yield(const void* left, const void* right) {
  ++comparisons;
  await(yield_now());
  const auto a = *static_cast<const std::uint64_t*>(left);
  const auto b = *static_cast<const std::uint64_t*>(right);
  return a < b ? -1 : (b < a ? 1 : 0);
}

std::uint64_t sort_and_hash(std::vector<std::uint64_t>& values) {
  std::qsort(values.data(), values.size(), sizeof(values[0]), compare_and_yield);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && values[i] < values[i - 1]) throw CheckFailed("the values are not in order");
    hash = hash * 1'099'511'628'211 + values[i];
  }
  return hash;
}

std::uint64_t sort_beside_others(std::vector<std::uint64_t>& values) {
  bool sorted = false;
  std::uint64_t others_turns = 0;
  auto other = spawn([&] {
    while (!sorted) {
      ++others_turns;
      await(yield_now());
    }
  });
  const std::uint64_t hash = sort_and_hash(values);
  sorted = true;
  await(other);
  if (others_turns < comparisons / 2) throw CheckFailed("the other task was not let run");
  return hash;
}

void run_callback_suspend(const Params& params, Output& output) {
  std::mt19937_64 random(params.seed());
  std::vector<std::uint64_t> values(static_cast<std::size_t>(params.get("elements")));
  for (std::uint64_t& value : values) value = random();
  Runtime runtime(runtime_options(params));
  const Stopwatch watch;
  const std::uint64_t hash = runtime.block_on(sort_beside_others, std::ref(values));
  report_ns_per_op(output, watch.elapsed_ns(), comparisons, hash);
}

#else

void run_callback_suspend(const Params&, Output&) {
  throw Unsupported(
      "a coroutine cannot suspend inside qsort's comparator: co_await is only allowed in a "
      "coroutine, and qsort calls the comparator as a plain function");
}

#endif

const RegisteredWorkload registered(workload_info("callback_suspend"), run_callback_suspend);

}  // namespace
}  // namespace twofold::compare
