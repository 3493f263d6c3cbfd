// What the source of a workload includes: the dialect, the protocol, and how to make it known.
//
// One workload is one source file in the dialect. At its end it says what it is called and at which
// points it is measured, and from then on it is listed, run and reported like any other:
//
//   void run_mine(const Params& params, Output& output) { ... }
//   const RegisteredWorkload registered({.name = "mine", ...}, run_mine);
#pragma once

#include <twofold/twofold.hpp>
#include <vector>

#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"
#include "protocol/protocol_main.hpp"
#include "workloads/runtime_for.hpp"

namespace twofold::compare {

/// Makes a workload known to the program that it is linked into; meant for namespace scope.
class RegisteredWorkload {
 public:
  /// `run` as in Workload (protocol_main.hpp). Ends the program with a message when the name is
  /// taken.
  RegisteredWorkload(WorkloadInfo info, void (*run)(const Params&, Output&));
};

/// All that were registered: those of the catalogue in its order, then the others by name.
[[nodiscard]] std::vector<Workload> registered_workloads();

/// Gives `value` back, and keeps a recursion whose result it is from becoming a loop. With that, and a
/// `[[gnu::noinline]]` against several calls in one frame, depth means the same on a fiber as in a
/// chain of coroutines: a frame a call. (tests/compare/workloads/recursion_test.py looks for it.)
[[nodiscard]] inline std::uint64_t after_call(std::uint64_t value) {
  asm volatile("" : "+r"(value));
  return value;
}

/// The time for each of `ops` operations, and the check line.
inline void report_ns_per_op(Output& output, double elapsed_ns, std::uint64_t ops,
                             std::uint64_t checksum) {
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(ops));
  output.check_ok(checksum, ops);
}

}  // namespace twofold::compare
