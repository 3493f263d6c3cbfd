// `prologue_check`: what the check of -fsplit-stack costs where it finds room: the same calls with
// and without it, in time and in bytes of code.
#include "build/probes.hpp"
#include "build/toolchain.hpp"

namespace twofold::compare {
namespace {

void run_prologue_check(const Params& params, Output& output) {
  Toolchain toolchain(chosen_compiler());
  const std::string calls = "-DCALLS=" + std::to_string(params.get("calls"));
  for (const bool is_checked : {false, true}) {
    std::vector<std::string> flags = {"-O2", calls};
    if (is_checked) flags.insert(flags.end(), {"-fsplit-stack", "-fuse-ld=gold"});
    const Compiled program = toolchain.program("prologue_check.cpp", flags);
    if (!program.ok) throw Unsupported("no -fsplit-stack: " + program.errors.substr(0, 200));
    const auto figures = figures_of(program.file);
    const std::string kind = is_checked ? "checked" : "plain";
    output.metric(kind + "_ns", "ns", figures.at("ns_per_call"));
    flags.resize(is_checked ? 3 : 2);
    output.metric(kind + "_bytes", "B",
                  code_bytes(toolchain.object("prologue_check.cpp", flags).file));
  }
  output.check_ok(1, 1);
}

}  // namespace

Workload prologue_check_probe() {
  return {{.name = "prologue_check",
           .summary = "leaf calls with and without the check of a split stack",
           .metric = "checked_ns",
           .axis = "",
           .smoke = {{{"calls", 1'000}}},
           .quick = {{{"calls", 5'000'000}}},
           .full = {{{"calls", 5'000'000}}}},
          run_prologue_check};
}

}  // namespace twofold::compare
