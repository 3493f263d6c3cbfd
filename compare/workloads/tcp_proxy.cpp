// `tcp_proxy`: the relay of docs/examples/tcp_proxy in front of an echo server, both in this
// process.
#include <array>
#include <memory>

#include "tcp_proxy/relay.hpp"
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{16} * 1024;

TF_ASYNC(std::uint64_t) echo(TcpStream stream) {
  std::array<std::byte, kBufferBytes> buffer;
  std::uint64_t total = 0;
  while (const std::size_t n = TF_AWAIT(stream.read(buffer))) {
    TF_AWAIT(stream.write_all(std::span(buffer).first(n)));
    total += n;
  }
  TF_RETURN total;
}

TF_ASYNC(std::uint64_t) serve_behind(TcpListener& listener, std::uint64_t connections) {
  std::vector<JoinHandle<std::uint64_t>> tasks;
  tasks.reserve(connections);
  while (tasks.size() < connections) tasks.push_back(spawn(echo, TF_AWAIT(listener.accept())));
  std::uint64_t total = 0;
  for (auto& task : tasks) total += TF_AWAIT(task);
  TF_RETURN total;
}

struct Buffers {
  std::array<std::byte, kBufferBytes> there;
  std::array<std::byte, kBufferBytes> back;
};

TF_ASYNC(void) hand_on(TcpStream client, SocketAddress to) {
  constexpr std::chrono::seconds kMostIdle{60};
  TcpStream server = TF_AWAIT(TcpStream::connect(to));
  const auto buffers = std::make_unique<Buffers>();
  TF_AWAIT(
      proxy::relay(client, server, std::span(buffers->there), std::span(buffers->back), kMostIdle));
  TF_RETURN;
}

TF_ASYNC(std::uint64_t) serve(Output& output, std::uint64_t connections) {
  auto listener = TcpListener::bind("127.0.0.1:0");
  auto behind = TcpListener::bind("127.0.0.1:0");
  auto echoed = spawn(serve_behind, std::ref(behind), connections);
  output.listening(listener.local_address().port());
  std::vector<JoinHandle<void>> tasks;
  tasks.reserve(connections);
  while (tasks.size() < connections) {
    tasks.push_back(spawn(hand_on, TF_AWAIT(listener.accept()), behind.local_address()));
  }
  for (auto& task : tasks) TF_AWAIT(task);
  TF_RETURN TF_AWAIT(echoed);
}

void run_tcp_proxy(const Params& params, Output& output) {
  const auto connections = static_cast<std::uint64_t>(params.get("connections"));
  Runtime runtime(runtime_options(params));
  const std::uint64_t bytes = runtime.block_on(serve, std::ref(output), connections);
  output.check_ok(bytes, connections);
}

const RegisteredWorkload registered(workload_info("tcp_proxy"), run_tcp_proxy);

}  // namespace
}  // namespace twofold::compare
