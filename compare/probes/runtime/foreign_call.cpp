// `foreign_call`: a task calls a function with a frame of 64 KiB that was compiled without any
// knowledge of its stack: directly, by a pointer that no linker sees through, and by hand through
// on_big_stack.
#include <twofold/twofold.hpp>

#include "protocol/machine.hpp"
#include "runtime/foreign_callee.hpp"
#include "runtime/probes.hpp"

namespace twofold::compare {
namespace {

using Callee = unsigned long (*)(unsigned long);

TF_ASYNC(unsigned long) call_directly_often(unsigned long calls) {
  unsigned long value = 0;
  TF_AWAIT(yield_now());
  for (unsigned long i = 0; i < calls; ++i) value = twofold_foreign_callee(value);
  TF_RETURN value;
}

TF_ASYNC(unsigned long) call_by_pointer_often(Callee callee, unsigned long calls) {
  unsigned long value = 0;
  TF_AWAIT(yield_now());
  for (unsigned long i = 0; i < calls; ++i) value = callee(value);
  TF_RETURN value;
}

#ifdef TWOFOLD_COMPARE_STACKFUL
unsigned long call_by_hand_often(Callee callee, unsigned long calls) {
  unsigned long value = 0;
  for (unsigned long i = 0; i < calls; ++i) value = on_big_stack([&] { return callee(value); });
  return value;
}
#endif

void run_foreign_call(const Params& params, Output& output) {
  const auto calls = static_cast<unsigned long>(params.get("calls"));
  Callee callee = twofold_foreign_callee;
  asm volatile("" : "+r"(callee));
  Runtime runtime({.workers = 1});
  const auto measure = [&](const char* metric, auto call) {
    const auto start = [&]() -> TF_ASYNC(unsigned long) {
      auto task = spawn(call);
      TF_RETURN TF_AWAIT(task);
    };
    const Stopwatch watch;
    const unsigned long value = runtime.block_on(start);
    output.metric(metric, "ns", watch.elapsed_ns() / static_cast<double>(calls));
    check_equal("what the calls made", value, calls);
  };
  measure("ns_per_op", [&] { return call_directly_often(calls); });
  measure("by_pointer_ns", [&] { return call_by_pointer_often(callee, calls); });
#ifdef TWOFOLD_COMPARE_STACKFUL
  measure("on_big_stack_ns", [&] { return call_by_hand_often(callee, calls); });
#endif
  const Stopwatch watch;
  unsigned long value = 0;
  for (unsigned long i = 0; i < calls; ++i) value = callee(value);
  output.metric("plain_ns", "ns", watch.elapsed_ns() / static_cast<double>(calls));
  check_equal("what the plain calls made", value, calls);
  output.check_ok(calls, calls);
}

}  // namespace

Workload foreign_call_probe() {
  return {{.name = "foreign_call",
           .summary = "a task calls code compiled without split stacks that takes 64 KiB",
           .metric = "ns_per_op",
           .axis = "",
           .smoke = {{{"calls", 100}}},
           .quick = {{{"calls", 100'000}}},
           .full = {{{"calls", 100'000}}}},
          run_foreign_call};
}

}  // namespace twofold::compare
