// `stale_thread_local`: what a task that went on in another thread sees of a thread_local: its new
// thread's, or still the old one's.
#include "build/probes.hpp"
#include "build/toolchain.hpp"

namespace twofold::compare {
namespace {

void run_stale_thread_local(const Params& params, Output& output) {
  Toolchain toolchain(chosen_compiler());
  const std::string level = "-O" + std::to_string(params.get("optimize"));
  for (const auto& [name, value] : figures_of(toolchain.built("thread_local.cpp", {level}))) {
    output.metric(name, "", value);
  }
  output.check_ok(1, 1);
}

}  // namespace

Workload thread_local_probe() {
  std::vector<Point> points;
  for (const std::int64_t level : {0, 1, 2, 3}) points.push_back({{"optimize", level}});
  return {{.name = "stale_thread_local",
           .summary = "a thread_local read by a task before and after it changed threads",
           .metric = "fiber_stale",
           .axis = "optimize",
           .smoke = {{{"optimize", 2}}},
           .quick = points,
           .full = points,
           .exact = true},
          run_stale_thread_local};
}

}  // namespace twofold::compare
