// `dangling_reference`: a function that keeps a reference to its caller's temporary while it waits,
// as a coroutine and on a fiber, under AddressSanitizer.
#include "build/probes.hpp"
#include "build/toolchain.hpp"

namespace twofold::compare {
namespace {

constexpr int kSanitizerStatus = 77;

double is_reported(Toolchain& toolchain, const std::string& kind) {
  const Compiled program =
      toolchain.program("dangling_reference.cpp", {"-O1", "-g", "-fsanitize=address", "-D" + kind});
  if (!program.ok) throw Unsupported("no AddressSanitizer: " + program.errors.substr(0, 200));
  const Ended ended = run_program(
      {"/usr/bin/env", "ASAN_OPTIONS=exitcode=77:detect_leaks=0", program.file.string()});
  if (ended.status != 0 && ended.status != kSanitizerStatus) {
    throw CheckFailed("the program ended with status " + std::to_string(ended.status));
  }
  return ended.status == kSanitizerStatus ? 1 : 0;
}

void run_dangling_reference(const Params&, Output& output) {
  Toolchain toolchain(chosen_compiler());
  output.metric("coroutine_reported", "", is_reported(toolchain, "COROUTINE"));
  output.metric("fiber_reported", "", is_reported(toolchain, "FIBER"));
  output.check_ok(1, 1);
}

}  // namespace

Workload dangling_reference_probe() {
  return {{.name = "dangling_reference",
           .summary = "a reference to the caller's temporary held while waiting, under ASan",
           .metric = "coroutine_reported",
           .axis = "",
           .smoke = {{}},
           .quick = {{}},
           .full = {{}},
           .exact = true},
          run_dangling_reference};
}

}  // namespace twofold::compare
