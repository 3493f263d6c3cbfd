// `hot_split`: a call repeated millions of times with so much stack used before it, wherever that
// leaves it: in the middle of a segment, or just across its end, where a segment is taken and given
// back at each call. Plain functions, since that is what suffers; the stackless variant shows the
// call alone.
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

// Bytes by which each call of sink_to() goes further down: five words, one for alignment, a saved
// register, and the return address. recursion_test.py looks whether that is so.
constexpr std::uint64_t kFrame = 64;

// A frame of some 256 bytes, so that no segment's end slips between two points of the sweep.
[[gnu::noinline]] std::uint64_t leaf(std::uint64_t value) {
  volatile std::uint64_t frame[28];
  frame[0] = value;
  return frame[0] + 1;
}

[[gnu::noinline]] std::uint64_t call_again_and_again(std::uint64_t calls) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < calls; ++i) sum += leaf(i);
  return sum;
}

// Uses `bytes` of stack and a little more, then calls.
[[gnu::noinline]] std::uint64_t sink_to(std::uint64_t bytes, std::uint64_t calls) {
  volatile std::uint64_t frame[5];
  frame[0] = 1;
  if (bytes < kFrame) return call_again_and_again(calls);
  return sink_to(bytes - kFrame * frame[0], calls) * frame[0];
}

TF_ASYNC(std::uint64_t) sink_and_call(std::uint64_t bytes, std::uint64_t calls) {
  TF_RETURN sink_to(bytes, calls);
}

void run_hot_split(const Params& params, Output& output) {
  const auto bytes = static_cast<std::uint64_t>(params.get("entry_bytes"));
  const auto calls = static_cast<std::uint64_t>(params.get("calls"));
  Runtime runtime(runtime_options(params));
  const Stopwatch watch;
  const std::uint64_t sum = runtime.block_on(sink_and_call, bytes, calls);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of the answers", sum, calls * (calls + 1) / 2);
  report_ns_per_op(output, elapsed_ns, calls, sum);
}

const RegisteredWorkload registered(workload_info("hot_split"), run_hot_split);

}  // namespace
}  // namespace twofold::compare
