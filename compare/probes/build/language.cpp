// `language`: what compiles and what does not: an await in a comparator of std::sort, and how many
// functions have to change when the innermost of a chain is to wait.
#include "build/probes.hpp"
#include "build/toolchain.hpp"

namespace twofold::compare {
namespace {

constexpr int kDepth = 6;  // functions above the one that is to wait

// The fewest functions, from the innermost up, that must become coroutines until all compiles.
double functions_to_edit(Toolchain& toolchain, const std::string& kind) {
  for (int edited = 0; edited <= kDepth; ++edited) {
    if (toolchain.accepts("colours.cpp", {"-D" + kind, "-DEDITED=" + std::to_string(edited)})) {
      return edited;
    }
  }
  throw CheckFailed("the chain does not compile however many functions are changed");
}

void run_language(const Params&, Output& output) {
  Toolchain toolchain(chosen_compiler());
  output.metric("plain_comparator_compiles", "", toolchain.accepts("comparator.cpp", {}) ? 1 : 0);
  output.metric("awaiting_comparator_compiles", "",
                toolchain.accepts("comparator.cpp", {"-DAWAITING"}) ? 1 : 0);
  output.metric("functions_above", "", kDepth);
  output.metric("stackless_functions_edited", "", functions_to_edit(toolchain, "STACKLESS"));
  output.metric("stackful_functions_edited", "", functions_to_edit(toolchain, "STACKFUL"));
  output.check_ok(1, 1);
}

}  // namespace

Workload language_probe() {
  return {{.name = "language",
           .summary = "awaits in comparators, and functions to change for one that is to wait",
           .metric = "stackless_functions_edited",
           .axis = "",
           .smoke = {{}},
           .quick = {{}},
           .full = {{}},
           .exact = true},
          run_language};
}

}  // namespace twofold::compare
