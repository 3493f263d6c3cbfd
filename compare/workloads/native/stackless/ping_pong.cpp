// `ping_pong` in the stackless runtime's own spelling; see ../../ping_pong.cpp.
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

Async<void> pong(Receiver<std::uint64_t> requests, Sender<std::uint64_t> answers) {
  while (auto value = co_await requests.recv()) {
    co_await answers.send(*value + 1);
  }
  co_return;
}

Async<std::uint64_t> ping(std::uint64_t round_trips) {
  auto [requests, requests_end] = channel<std::uint64_t>(1);
  auto [answers, answers_end] = channel<std::uint64_t>(1);
  auto peer = spawn(pong, std::move(requests_end), std::move(answers));
  Sender<std::uint64_t> to_peer = std::move(requests);
  Receiver<std::uint64_t> from_peer = std::move(answers_end);
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < round_trips; ++i) {
    co_await to_peer.send(i);
    const auto answer = co_await from_peer.recv();
    sum += answer.value();
  }
  to_peer.close();
  co_await peer;
  co_return sum;
}

void run_ping_pong(const Params& params, Output& output) {
  const auto round_trips = static_cast<std::uint64_t>(params.get("round_trips"));
  Runtime runtime(runtime_options(params, Tasks::share_nothing_bare));
  const Stopwatch watch;
  const std::uint64_t sum = runtime.block_on(ping, round_trips);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of the answers", sum, round_trips * (round_trips + 1) / 2);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(round_trips));
  output.check_ok(sum, round_trips);
}

const RegisteredWorkload registered(workload_info("ping_pong"), run_ping_pong);

}  // namespace
}  // namespace twofold::compare
