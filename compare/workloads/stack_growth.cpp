// `stack_growth`: what the first descent of a task costs, which has to get its stack or its frames.
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

[[gnu::noinline]] TF_ASYNC(std::uint64_t) descend(std::uint64_t depth, WaitGroup& landing) {
  if (depth <= 1) {
    landing.done();
    TF_AWAIT(landing.wait());
    TF_RETURN 1;
  }
  const std::uint64_t below = TF_AWAIT(descend(depth - 1, landing));
  TF_RETURN after_call(below) + 1;
}

struct Result {
  std::uint64_t sum = 0;
  double elapsed_ns = 0;
};

// `together` tasks at a time are at the bottom of their stacks before the first climbs up again, so
// that none gets what another has given back.
TF_ASYNC(Result) let_all_descend(std::uint64_t depth, std::uint64_t tasks, std::uint64_t together) {
  Result result;
  std::vector<JoinHandle<std::uint64_t>> handles;
  handles.reserve(together);
  const Stopwatch watch;
  for (std::uint64_t started = 0; started < tasks; started += together) {
    WaitGroup landing(together);
    for (std::uint64_t i = 0; i < together; ++i)
      handles.push_back(spawn(descend, depth, std::ref(landing)));
    for (auto& handle : handles) result.sum += TF_AWAIT(handle);
    handles.clear();
  }
  result.elapsed_ns = watch.elapsed_ns();
  TF_RETURN result;
}

void run_stack_growth(const Params& params, Output& output) {
  const auto depth = static_cast<std::uint64_t>(params.get("depth"));
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  const auto together = static_cast<std::uint64_t>(params.get("together"));
  constexpr std::uint64_t kLeastFrame = 80;  // of descend(), where it is a call; 112 with gcc 12
  require_stack_for(depth, kLeastFrame);
  Runtime runtime(runtime_options(params));
  const Result result = runtime.block_on(let_all_descend, depth, tasks, together);
  check_equal("the sum of the depths", result.sum, depth * tasks);
  report_ns_per_op(output, result.elapsed_ns, depth * tasks, result.sum);
}

const RegisteredWorkload registered(workload_info("stack_growth"), run_stack_growth);

}  // namespace
}  // namespace twofold::compare
