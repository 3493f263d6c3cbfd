// `channel_pipeline`: what a hand-over between stages costs, and what room between them saves.
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

TF_ASYNC(void) source(Sender<std::uint64_t> to, std::uint64_t items) {
  for (std::uint64_t i = 0; i < items; ++i) (void)TF_AWAIT(to.send(i));
  TF_RETURN;
}

TF_ASYNC(void) stage(Receiver<std::uint64_t> from, Sender<std::uint64_t> to) {
  while (const auto item = TF_AWAIT(from.recv())) (void)TF_AWAIT(to.send(*item * 3 + 1));
  TF_RETURN;
}

TF_ASYNC(std::uint64_t)
run_pipeline(std::size_t capacity, std::uint64_t stages, std::uint64_t items) {
  auto [first, out_of_source] = channel<std::uint64_t>(capacity);
  Receiver<std::uint64_t> from = std::move(out_of_source);
  std::vector<JoinHandle<void>> tasks;
  tasks.push_back(spawn(source, std::move(first), items));
  for (std::uint64_t i = 0; i < stages; ++i) {
    auto [to, next] = channel<std::uint64_t>(capacity);
    tasks.push_back(spawn(stage, std::move(from), std::move(to)));
    from = std::move(next);
  }
  std::uint64_t sum = 0;
  while (const auto item = TF_AWAIT(from.recv())) sum += *item;
  for (auto& task : tasks) TF_AWAIT(task);
  TF_RETURN sum;
}

void run_channel_pipeline(const Params& params, Output& output) {
  const auto stages = static_cast<std::uint64_t>(params.get("stages"));
  const auto items = static_cast<std::uint64_t>(params.get("items"));
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < items; ++i) {
    std::uint64_t item = i;
    for (std::uint64_t s = 0; s < stages; ++s) item = item * 3 + 1;
    expected += item;
  }
  Runtime runtime(runtime_options(params, Tasks::share_nothing_bare));
  const Stopwatch watch;
  const std::uint64_t sum = runtime.block_on(
      run_pipeline, static_cast<std::size_t>(params.get("capacity")), stages, items);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of the items", sum, expected);
  report_ns_per_op(output, elapsed_ns, items * (stages + 1), sum);
}

const RegisteredWorkload registered(workload_info("channel_pipeline"), run_channel_pipeline);

}  // namespace
}  // namespace twofold::compare
