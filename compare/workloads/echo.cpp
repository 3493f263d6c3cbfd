// `echo`: the TCP server of the README, a task for each connection.
#include <array>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

TF_ASYNC(std::uint64_t) echo(TcpStream stream) {
  std::array<std::byte, std::size_t{16} * 1024> buffer;
  std::uint64_t total = 0;
  while (const std::size_t n = TF_AWAIT(stream.read(buffer))) {
    TF_AWAIT(stream.write_all(std::span(buffer).first(n)));
    total += n;
  }
  TF_RETURN total;
}

TF_ASYNC(std::uint64_t) serve(Output& output, std::uint64_t connections) {
  auto listener = TcpListener::bind("127.0.0.1:0");
  output.listening(listener.local_address().port());
  std::vector<JoinHandle<std::uint64_t>> tasks;
  tasks.reserve(connections);
  while (tasks.size() < connections) tasks.push_back(spawn(echo, TF_AWAIT(listener.accept())));
  std::uint64_t total = 0;
  for (auto& task : tasks) total += TF_AWAIT(task);
  TF_RETURN total;
}

void run_echo(const Params& params, Output& output) {
  const auto connections = static_cast<std::uint64_t>(params.get("connections"));
  Runtime runtime(runtime_options(params));
  const std::uint64_t bytes = runtime.block_on(serve, std::ref(output), connections);
  output.check_ok(bytes, connections);
}

const RegisteredWorkload registered(workload_info("echo"), run_echo);

}  // namespace
}  // namespace twofold::compare
