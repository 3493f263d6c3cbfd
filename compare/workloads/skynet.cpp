// `skynet`: a tree of short-lived tasks; what is spawned, in which order, and how much of it lives
// at once.
#include "workloads/skynet_tree.hpp"
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

void run_skynet(const Params& params, Output& output) {
  std::uint64_t leaves = 1;
  for (std::int64_t i = 0; i < params.get("depth"); ++i) leaves *= kSkynetFan;
  Runtime runtime(runtime_options(params, Tasks::share_nothing_bare));
  const Stopwatch watch;
  const std::uint64_t sum = runtime.block_on(skynet_node, std::uint64_t{0}, leaves);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of the leaves", sum, leaves * (leaves - 1) / 2);
  output.metric("rss_bytes", "B", static_cast<double>(peak_resident_bytes(0)));
  report_ns_per_op(output, elapsed_ns, leaves, sum);
}

const RegisteredWorkload registered(workload_info("skynet"), run_skynet);

}  // namespace
}  // namespace twofold::compare
