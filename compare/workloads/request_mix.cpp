// `request_mix`: what the cost model of the report is fitted to: tasks that make requests, so many
// calls deep, holding so many bytes, waiting at the bottom, with or without I/O.
#include <array>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

struct Mix {
  std::uint64_t depth = 1;
  std::uint64_t requests = 1;
  std::uint64_t io_percent = 0;
  std::uint64_t at_bottom = 0;  // tasks that have come to their first wait
  Notify go;
};

// A byte through a pipe of the task's own: two calls of the kernel, as a small message costs.
class Device {
 public:
  TF_ASYNC(std::uint64_t) transfer() {
    std::array<std::byte, 1> byte{std::byte{1}};
    TF_AWAIT(pipe_.writer.write_all(byte));
    TF_RETURN TF_AWAIT(pipe_.reader.read(byte));
  }

 private:
  Pipe pipe_ = Pipe::create();
};

[[gnu::noinline]] TF_ASYNC(std::uint64_t)
    descend(Mix& mix, Device* device, std::uint64_t depth, std::uint64_t request) {
  if (depth > 1) {
    const std::uint64_t below = TF_AWAIT(descend(mix, device, depth - 1, request));
    TF_RETURN after_call(below) + 1;
  }
  if (request == 0) {
    ++mix.at_bottom;
    TF_AWAIT(mix.go.notified());
  } else {
    TF_AWAIT(yield_now());
  }
  if (device != nullptr && request * mix.io_percent % 100 + mix.io_percent >= 100) {
    TF_RETURN TF_AWAIT(device->transfer());
  }
  TF_RETURN 1;
}

// The outermost call of a task holds its bytes across every wait.
template <std::size_t kBytes>
TF_ASYNC(std::uint64_t)
serve(Mix& mix, std::uint64_t index) {
  std::optional<Device> device;
  if (mix.io_percent > 0) device.emplace();
  Device* const used = device ? &*device : nullptr;
  std::array<std::uint64_t, kBytes / sizeof(std::uint64_t)> state;
  for (std::size_t i = 0; i < state.size(); ++i) state[i] = index + i;
  asm volatile("" : : "r"(state.data()) : "memory");
  std::uint64_t depths = 0;
  for (std::uint64_t request = 0; request <= mix.requests; ++request) {
    depths += TF_AWAIT(descend(mix, used, mix.depth, request));
    state[request % state.size()] += 1;
    asm volatile("" : : "r"(state.data()) : "memory");
  }
  std::uint64_t sum = depths;
  for (std::size_t i = 0; i < state.size(); ++i) sum += state[i] - index - i;
  TF_RETURN sum;
}

struct Result {
  Memory parked;
  double elapsed_ns = 0;
  std::uint64_t sum = 0;
};

template <std::size_t kBytes>
TF_ASYNC(Result)
serve_all(Mix& mix, std::uint64_t tasks) {
  std::vector<JoinHandle<std::uint64_t>> handles;
  handles.reserve(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i)
    handles.push_back(spawn(serve<kBytes>, std::ref(mix), i));
  while (mix.at_bottom < tasks) TF_AWAIT(yield_now());
  Result result{.parked = memory_now()};
  const Stopwatch watch;
  mix.go.notify_all();
  for (auto& handle : handles) result.sum += TF_AWAIT(handle);
  result.elapsed_ns = watch.elapsed_ns();
  TF_RETURN result;
}

template <std::size_t kBytes>
void measure(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  Mix mix{.depth = static_cast<std::uint64_t>(params.get("depth")),
          .requests = static_cast<std::uint64_t>(params.get("requests")),
          .io_percent = static_cast<std::uint64_t>(params.get("io_percent"))};
  require_stack_for(mix.depth);
  Runtime runtime(runtime_options(params));
  const Memory before = memory_now();
  const Result result = runtime.block_on(serve_all<kBytes>, std::ref(mix), tasks);
  // The first request's descent lies before the clock, its return and all others behind it.
  const std::uint64_t requests = tasks * mix.requests;
  check_equal("the sum of depths and requests", result.sum,
              tasks * (mix.requests + 1) * (mix.depth + 1));
  output.metric("bytes_per_task", "B", bytes_each(before, result.parked, tasks));
  report_ns_per_op(output, result.elapsed_ns, requests, result.sum);
}

void run_request_mix(const Params& params, Output& output) {
  switch (params.get("live_bytes")) {
    case 64:
      return measure<64>(params, output);
    case 1'024:
      return measure<1'024>(params, output);
    case 8'192:
      return measure<8'192>(params, output);
    default:
      throw Unsupported("live_bytes other than 64, 1024 or 8192");
  }
}

const RegisteredWorkload registered(workload_info("request_mix"), run_request_mix);

}  // namespace
}  // namespace twofold::compare
