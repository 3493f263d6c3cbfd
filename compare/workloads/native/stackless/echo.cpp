// `echo` in the stackless runtime's own spelling; see ../../echo.cpp.
#include <array>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

Async<std::uint64_t> echo(TcpStream stream) {
  std::array<std::byte, std::size_t{16} * 1024> buffer;
  std::uint64_t total = 0;
  while (const std::size_t n = co_await stream.read(buffer)) {
    co_await stream.write_all(std::span(buffer).first(n));
    total += n;
  }
  co_return total;
}

Async<std::uint64_t> serve(Output& output, std::uint64_t connections) {
  auto listener = TcpListener::bind("127.0.0.1:0");
  output.listening(listener.local_address().port());
  std::vector<JoinHandle<std::uint64_t>> tasks;
  tasks.reserve(connections);
  while (tasks.size() < connections) tasks.push_back(spawn(echo, co_await listener.accept()));
  std::uint64_t total = 0;
  for (auto& task : tasks) total += co_await task;
  co_return total;
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
