// The tutorial's workload: a relay, in which a number goes round a ring of tasks that hold
// channels.
//
// As the reader puts it into compare/workloads/user/; the tests compile it into a program of its
// own.
#include "workloads/workload.hpp"

// [workload]
namespace twofold::compare {
namespace {

TF_ASYNC(void) pass_on(Receiver<std::uint64_t> in, Sender<std::uint64_t> out) {
  while (const auto number = TF_AWAIT(in.recv())) {
    if (!TF_AWAIT(out.send(*number + 1))) break;
  }
  TF_RETURN;
}

TF_ASYNC(std::uint64_t) run_round(std::size_t runners, std::uint64_t rounds) {
  auto [first, next] = channel<std::uint64_t>(1);
  std::vector<JoinHandle<void>> tasks;
  for (std::size_t i = 0; i < runners; ++i) {
    auto [to, from] = channel<std::uint64_t>(1);
    tasks.push_back(spawn(pass_on, std::move(next), std::move(to)));
    next = std::move(from);
  }
  std::uint64_t number = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    TF_AWAIT(first.send(number));
    number = TF_AWAIT(next.recv()).value();
  }
  TF_RETURN number;
}

void run_relay(const Params& params, Output& output) {
  const auto runners = static_cast<std::size_t>(params.get("runners"));
  const auto rounds = static_cast<std::uint64_t>(params.get("rounds"));
  Runtime runtime(runtime_options(params));
  const Stopwatch watch;
  const std::uint64_t number = runtime.block_on(run_round, runners, rounds);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the number", number, runners * rounds);
  report_ns_per_op(output, elapsed_ns, runners * rounds, number);
}

const RegisteredWorkload registered({.name = "relay",
                                     .summary = "a number that goes round a ring of channels",
                                     .metric = "ns_per_op",
                                     .axis = "runners",
                                     .load = "",
                                     .smoke = {{{"runners", 3}, {"rounds", 10}}},
                                     .quick = {{{"runners", 10}, {"rounds", 10'000}}},
                                     .full = {{{"runners", 10}, {"rounds", 10'000}}}},
                                    run_relay);

}  // namespace
}  // namespace twofold::compare
// [workload]
