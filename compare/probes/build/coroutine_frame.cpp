// `coroutine_frame`: the bytes that coroutine frames take, and whether their allocation is elided,
// by level of optimization.
#include "build/probes.hpp"
#include "build/toolchain.hpp"

namespace twofold::compare {
namespace {

void run_coroutine_frame(const Params& params, Output& output) {
  Toolchain toolchain(chosen_compiler());
  const std::string level = "-O" + std::to_string(params.get("optimize"));
  const auto figures = figures_of(toolchain.built("coroutine_frame.cpp", {level}));
  for (const auto& [name, value] : figures) output.metric(name, "", value);
  output.check_ok(1, 1);
}

}  // namespace

Workload coroutine_frame_probe() {
  std::vector<Point> points;
  for (const std::int64_t level : {0, 1, 2, 3}) points.push_back({{"optimize", level}});
  return {{.name = "coroutine_frame",
           .summary = "bytes of coroutine frames, and allocations for each await",
           .metric = "dead_buffer_bytes",
           .axis = "optimize",
           .smoke = {{{"optimize", 2}}},
           .quick = points,
           .full = points,
           .exact = true},
          run_coroutine_frame};
}

}  // namespace twofold::compare
