// `echo`: the TCP server of the README, a task for each connection. `open_loop_latency` is the same
// server under another load, and `idle_connections` the same with a smaller buffer.
#include <array>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

template <std::size_t kBufferBytes>
TF_ASYNC(std::uint64_t)
echo(TcpStream stream) {
  std::array<std::byte, kBufferBytes> buffer;
  std::uint64_t total = 0;
  while (const std::size_t n = TF_AWAIT(stream.read(buffer))) {
    TF_AWAIT(stream.write_all(std::span(buffer).first(n)));
    total += n;
  }
  TF_RETURN total;
}

template <std::size_t kBufferBytes>
TF_ASYNC(std::uint64_t)
serve(Output& output, std::uint64_t connections) {
  auto listener = TcpListener::bind("127.0.0.1:0");
  output.listening(listener.local_address().port());
  std::vector<JoinHandle<std::uint64_t>> tasks;
  tasks.reserve(connections);
  while (tasks.size() < connections) {
    tasks.push_back(spawn(echo<kBufferBytes>, TF_AWAIT(listener.accept())));
  }
  std::uint64_t total = 0;
  for (auto& task : tasks) total += TF_AWAIT(task);
  TF_RETURN total;
}

template <std::size_t kBufferBytes>
void run_echo(const Params& params, Output& output) {
  const auto connections = static_cast<std::uint64_t>(params.get("connections"));
  Runtime runtime(runtime_options(params));
  const std::uint64_t bytes = runtime.block_on(serve<kBufferBytes>, std::ref(output), connections);
  output.check_ok(bytes, connections);
}

constexpr std::size_t kKiB = 1024;

const RegisteredWorkload registered(workload_info("echo"), run_echo<16 * kKiB>);
const RegisteredWorkload open_loop(workload_info("open_loop_latency"), run_echo<16 * kKiB>);
const RegisteredWorkload idle(workload_info("idle_connections"), run_echo<kKiB>);

}  // namespace
}  // namespace twofold::compare
