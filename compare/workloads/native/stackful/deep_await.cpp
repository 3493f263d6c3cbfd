// `deep_await` in the stackful runtime's own spelling; see ../../deep_await.cpp.
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

[[gnu::noinline]] std::uint64_t descend(std::uint64_t depth, bool suspend) {
  if (depth <= 1) {
    if (suspend) await(yield_now());
    return 1;
  }
  const std::uint64_t below = descend(depth - 1, suspend);
  return after_call(below) + 1;
}

std::uint64_t descend_again_and_again(std::uint64_t depth, std::uint64_t repeats, bool suspend) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < repeats; ++i) sum += descend(depth, suspend);
  return sum;
}

void run_deep_await(const Params& params, Output& output) {
  const auto depth = static_cast<std::uint64_t>(params.get("depth"));
  const auto repeats = static_cast<std::uint64_t>(params.get("repeats"));
  require_stack_for(depth);
  Runtime runtime(runtime_options(params));
  const Stopwatch watch;
  const std::uint64_t sum =
      runtime.block_on(descend_again_and_again, depth, repeats, params.get("suspend") != 0);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of the depths", sum, depth * repeats);
  report_ns_per_op(output, elapsed_ns, depth * repeats, sum);
}

const RegisteredWorkload registered(workload_info("deep_await"), run_deep_await);

}  // namespace
}  // namespace twofold::compare
