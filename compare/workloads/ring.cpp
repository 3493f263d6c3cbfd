// `ring`: a token from task to task, each waking the next.
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

// Passes the token on until it has made all its hops; then the ring closes, task by task.
TF_ASYNC(void)
pass_on(Receiver<std::uint64_t> from, Sender<std::uint64_t> to, std::uint64_t hops,
        Sender<std::uint64_t> last, WaitGroup& started) {
  started.done();
  while (auto token = TF_AWAIT(from.recv())) {
    if (++*token == hops) {
      (void)TF_AWAIT(last.send(*token));
      break;
    }
    (void)TF_AWAIT(to.send(*token));
  }
  TF_RETURN;
}

struct Result {
  std::uint64_t token = 0;
  double elapsed_ns = 0;
};

TF_ASYNC(Result) go_round(std::uint64_t tasks, std::uint64_t hops) {
  auto [first_sender, first_receiver] = channel<std::uint64_t>(1);
  auto [last_sender, last_receiver] = channel<std::uint64_t>(1);
  Sender<std::uint64_t> start = first_sender;
  Receiver<std::uint64_t> from = std::move(first_receiver);
  Receiver<std::uint64_t> end = std::move(last_receiver);
  Sender<std::uint64_t> report = std::move(last_sender);
  Sender<std::uint64_t> closing = std::move(first_sender);
  WaitGroup started(tasks);
  std::vector<JoinHandle<void>> members;
  members.reserve(tasks);
  for (std::uint64_t i = 1; i < tasks; ++i) {
    auto [to, next] = channel<std::uint64_t>(1);
    members.push_back(
        spawn(pass_on, std::move(from), std::move(to), hops, report, std::ref(started)));
    from = std::move(next);
  }
  members.push_back(
      spawn(pass_on, std::move(from), std::move(closing), hops, report, std::ref(started)));
  TF_AWAIT(started.wait());

  Result result;
  const Stopwatch watch;
  (void)TF_AWAIT(start.send(0));
  result.token = TF_AWAIT(end.recv()).value();
  result.elapsed_ns = watch.elapsed_ns();
  start.close();
  for (auto& member : members) TF_AWAIT(member);
  TF_RETURN result;
}

void run_ring(const Params& params, Output& output) {
  const auto hops = static_cast<std::uint64_t>(params.get("hops"));
  Runtime runtime(runtime_options(params, Tasks::share_nothing_bare));
  const Result result =
      runtime.block_on(go_round, static_cast<std::uint64_t>(params.get("tasks")), hops);
  check_equal("the token", result.token, hops);
  report_ns_per_op(output, result.elapsed_ns, hops, result.token);
}

const RegisteredWorkload registered(workload_info("ring"), run_ring);

}  // namespace
}  // namespace twofold::compare
