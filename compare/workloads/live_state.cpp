// `live_state`: what a parked task costs that holds something across its await: the memory surface
// over bytes held and number of tasks.
#include <array>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

struct Crowd {
  std::uint64_t parked = 0;
  Notify go;
};

// Filled before and summed after the await, so that all of it has to be kept.
template <std::size_t kBytes>
TF_ASYNC(std::uint64_t)
hold(Crowd& crowd, std::uint64_t index) {
  std::array<std::uint64_t, kBytes / sizeof(std::uint64_t)> state;
  for (std::size_t i = 0; i < state.size(); ++i) state[i] = index + i;
  asm volatile("" : : "r"(state.data()) : "memory");
  ++crowd.parked;
  TF_AWAIT(crowd.go.notified());
  asm volatile("" : : "r"(state.data()) : "memory");
  std::uint64_t sum = 0;
  for (const std::uint64_t word : state) sum += word;
  TF_RETURN sum;
}

struct Result {
  Memory all_parked;
  std::uint64_t sum = 0;
};

template <std::size_t kBytes>
TF_ASYNC(Result)
park_all(std::uint64_t tasks) {
  Crowd crowd;
  std::vector<JoinHandle<std::uint64_t>> handles;
  handles.reserve(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i) {
    handles.push_back(spawn(hold<kBytes>, std::ref(crowd), i));
  }
  while (crowd.parked < tasks) TF_AWAIT(yield_now());
  Result result{.all_parked = memory_now()};
  crowd.go.notify_all();
  for (auto& handle : handles) result.sum += TF_AWAIT(handle);
  TF_RETURN result;
}

template <std::size_t kBytes>
void measure(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  constexpr std::uint64_t kWords = kBytes / sizeof(std::uint64_t);
  Runtime runtime(runtime_options(params));
  const Memory before = memory_now();
  const Stopwatch watch;
  const Result result = runtime.block_on(park_all<kBytes>, tasks);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of what was held", result.sum,
              kWords * (tasks * (tasks - 1) / 2) + tasks * (kWords * (kWords - 1) / 2));
  output.metric("bytes_per_task", "B", bytes_each(before, result.all_parked, tasks));
  report_ns_per_op(output, elapsed_ns, tasks, result.sum);
}

void run_live_state(const Params& params, Output& output) {
  switch (params.get("live_bytes")) {
    case 64:
      return measure<64>(params, output);
    case 256:
      return measure<256>(params, output);
    case 1'024:
      return measure<1'024>(params, output);
    case 4'096:
      return measure<4'096>(params, output);
    case 16'384:
      return measure<16'384>(params, output);
    default:
      throw Unsupported("live_bytes other than 64, 256, 1024, 4096 or 16384");
  }
}

const RegisteredWorkload registered(workload_info("live_state"), run_live_state);

}  // namespace
}  // namespace twofold::compare
