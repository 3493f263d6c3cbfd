// `symmetric_transfer`: whether two million awaits that complete at once run in a stack of 8 MiB.
#include "build/probes.hpp"
#include "build/toolchain.hpp"

namespace twofold::compare {
namespace {

void run_symmetric_transfer(const Params& params, Output& output) {
  Toolchain toolchain(chosen_compiler());
  const std::string level = "-O" + std::to_string(params.get("optimize"));
  const auto survives = [&](const std::vector<std::string>& flags) {
    const Ended ended = run_program({toolchain.built("symmetric_transfer.cpp", flags).string()});
    if (ended.status == 1) throw CheckFailed("the sum of the awaits is wrong");
    return ended.status == 0 ? 1.0 : 0.0;
  };
  output.metric("survives", "", survives({level}));
  if (!toolchain.is_clang()) {
    output.metric("survives_with_tail_calls", "", survives({level, "-foptimize-sibling-calls"}));
  }
  output.check_ok(1, 1);
}

}  // namespace

Workload symmetric_transfer_probe() {
  std::vector<Point> points;
  for (const std::int64_t level : {0, 1, 2}) points.push_back({{"optimize", level}});
  return {{.name = "symmetric_transfer",
           .summary = "two million awaits that complete at once, by level of optimization",
           .metric = "survives",
           .axis = "optimize",
           .smoke = {{{"optimize", 2}}},
           .quick = points,
           .full = points,
           .exact = true},
          run_symmetric_transfer};
}

}  // namespace twofold::compare
