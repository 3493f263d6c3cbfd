// `spawn_join`: the life of a task that does next to nothing.
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

TF_ASYNC(std::uint64_t) identity(std::uint64_t index) { TF_RETURN index; }

struct Result {
  std::uint64_t sum = 0;
  double cold_ns = 0;
  double elapsed_ns = 0;
};

TF_ASYNC(Result) spawn_and_join(std::uint64_t batch, std::uint64_t rounds) {
  std::vector<JoinHandle<std::uint64_t>> handles;
  handles.reserve(batch);
  Result result;
  // A first round of its own, reported apart: it is mostly page faults.
  const Stopwatch cold;
  for (std::uint64_t i = 0; i < batch; ++i) handles.push_back(spawn(identity, i));
  for (auto& handle : handles) TF_AWAIT(handle);
  result.cold_ns = cold.elapsed_ns();
  handles.clear();

  const Stopwatch watch;
  for (std::uint64_t index = 0; index < batch * rounds;) {
    for (std::uint64_t i = 0; i < batch; ++i) handles.push_back(spawn(identity, index++));
    for (auto& handle : handles) result.sum += TF_AWAIT(handle);
    handles.clear();
  }
  result.elapsed_ns = watch.elapsed_ns();
  TF_RETURN result;
}

void run_spawn_join(const Params& params, Output& output) {
  const auto batch = static_cast<std::uint64_t>(params.get("batch"));
  const auto rounds = static_cast<std::uint64_t>(params.get("rounds"));
  const std::uint64_t tasks = batch * rounds;
  Runtime runtime(runtime_options(params, Tasks::share_nothing_bare));
  const auto [sum, cold_ns, elapsed_ns] = runtime.block_on(spawn_and_join, batch, rounds);
  check_equal("the sum of the indices", sum, tasks * (tasks - 1) / 2);
  output.metric("cold_ns_per_op", "ns", cold_ns / static_cast<double>(batch));
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(tasks));
  output.check_ok(sum, tasks);
}

const RegisteredWorkload registered(workload_info("spawn_join"), run_spawn_join);

}  // namespace
}  // namespace twofold::compare
