// `exceptions`: an error that goes up through async calls to the one that handles it.
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

struct Thrown {
  std::uint64_t value;
};

[[gnu::noinline]] TF_ASYNC(std::uint64_t) fail_at(std::uint64_t depth, std::uint64_t value) {
  if (depth <= 1) {
    TF_AWAIT(ready(Unit{}));
    throw Thrown{value};
  }
  const std::uint64_t below = TF_AWAIT(fail_at(depth - 1, value));
  TF_RETURN after_call(below) + 1;
}

TF_ASYNC(std::uint64_t) catch_each(std::uint64_t depth, std::uint64_t repeats) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < repeats; ++i) {
    try {
      sum += TF_AWAIT(fail_at(depth, i));
    } catch (const Thrown& thrown) {
      sum += 2 * thrown.value + 1;
    }
  }
  TF_RETURN sum;
}

void run_exceptions(const Params& params, Output& output) {
  const auto depth = static_cast<std::uint64_t>(params.get("depth"));
  const auto repeats = static_cast<std::uint64_t>(params.get("repeats"));
  Runtime runtime(runtime_options(params));
  const Stopwatch watch;
  const std::uint64_t sum = runtime.block_on(catch_each, depth, repeats);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of what was caught", sum, repeats * repeats);
  report_ns_per_op(output, elapsed_ns, repeats, sum);
}

const RegisteredWorkload registered(workload_info("exceptions"), run_exceptions);

}  // namespace
}  // namespace twofold::compare
