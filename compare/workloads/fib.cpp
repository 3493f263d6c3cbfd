// `fib`: fork and join at its finest grain. The definition is that of the fork-join libraries'
// benchmarks (libfork, TooManyCooks): no cutoff, one call spawned, the other awaited in place.
#include <algorithm>
#include <utility>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

TF_ASYNC(std::uint64_t) fib(std::uint64_t n) {
  if (n < 2) TF_RETURN n;
  JoinHandle<std::uint64_t> forked = spawn(fib, n - 1);
  const std::uint64_t here = TF_AWAIT(fib(n - 2));
  TF_RETURN here + TF_AWAIT(forked);
}

// fib(n), and how many tasks are spawned on the way to it.
struct Expected {
  std::uint64_t value = 0;
  std::uint64_t tasks = 0;
};

Expected expected_of(std::uint64_t n) {
  Expected below;       // for n - 2
  Expected here{1, 0};  // for n - 1
  if (n == 0) return below;
  for (std::uint64_t i = 2; i <= n; ++i) {
    const Expected next{here.value + below.value, 1 + here.tasks + below.tasks};
    below = std::exchange(here, next);
  }
  return here;
}

void run_fib(const Params& params, Output& output) {
  const auto n = static_cast<std::uint64_t>(params.get("n"));
  const Expected expected = expected_of(n);
  Runtime runtime(runtime_options(params, Tasks::share_nothing_bare));
  const Stopwatch watch;
  const std::uint64_t value = runtime.block_on(fib, n);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("fib(n)", value, expected.value);
  report_ns_per_op(output, elapsed_ns, std::max<std::uint64_t>(expected.tasks, 1), value);
}

const RegisteredWorkload registered(workload_info("fib"), run_fib);

}  // namespace
}  // namespace twofold::compare
