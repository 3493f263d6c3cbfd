// `fan_out_fan_in`: a request that asks many and does without the slow ones.
//
// The clock is virtual: waiting takes no time, so that what is measured is the work of starting,
// timing out, cancelling and joining, and who is too slow does not depend on the machine.
#include <chrono>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{50};

// Every eighth is too slow; the others take 1 to 40 ms.
milliseconds delay_of(std::uint64_t index) {
  return index % 8 == 7 ? milliseconds{1'000} : milliseconds{1 + index * 17 % 40};
}

TF_ASYNC(std::uint64_t) answer_after(milliseconds delay, std::uint64_t value) {
  TF_AWAIT(sleep(delay));
  TF_RETURN value;
}

TF_ASYNC(std::uint64_t) ask(std::uint64_t index) {
  const auto answer = TF_AWAIT(timeout(kPatience, async(answer_after, delay_of(index), index + 1)));
  TF_RETURN answer.value_or(0);
}

TF_ASYNC(std::uint64_t) serve(std::uint64_t requests, std::uint64_t fan) {
  std::vector<JoinHandle<std::uint64_t>> asked;
  asked.reserve(fan);
  std::uint64_t sum = 0;
  for (std::uint64_t r = 0; r < requests; ++r) {
    for (std::uint64_t i = 0; i < fan; ++i) asked.push_back(spawn(ask, r * fan + i));
    for (auto& answer : asked) sum += TF_AWAIT(answer);
    asked.clear();
  }
  TF_RETURN sum;
}

void run_fan_out_fan_in(const Params& params, Output& output) {
  const auto fan = static_cast<std::uint64_t>(params.get("fan"));
  const auto requests = static_cast<std::uint64_t>(params.get("requests"));
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < fan * requests; ++i) {
    if (delay_of(i) < kPatience) expected += i + 1;
  }
  RuntimeOptions options = runtime_options(params);
  options.clock = Clock::virtual_time;
  Runtime runtime(options);
  const Stopwatch watch;
  const std::uint64_t sum = runtime.block_on(serve, requests, fan);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of the answers in time", sum, expected);
  report_ns_per_op(output, elapsed_ns, fan * requests, sum);
}

const RegisteredWorkload registered(workload_info("fan_out_fan_in"), run_fan_out_fan_in);

}  // namespace
}  // namespace twofold::compare
