// `read_to_end`: the notes' case study: many slow clients, each stream read to its end.
#include <string>

#include "protocol/checksum.hpp"
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

TF_ASYNC(std::uint64_t) answer(TcpStream stream) {
  std::string text;
  TF_AWAIT(stream.read_to_end(text));
  const std::uint64_t hash = fnv1a(text);
  const auto bytes = to_little_endian(hash);
  TF_AWAIT(stream.write_all(std::as_bytes(std::span(bytes))));
  TF_RETURN hash;
}

TF_ASYNC(std::uint64_t) serve(Output& output, std::uint64_t connections) {
  auto listener = TcpListener::bind("127.0.0.1:0");
  output.listening(listener.local_address().port());
  std::vector<JoinHandle<std::uint64_t>> tasks;
  tasks.reserve(connections);
  while (tasks.size() < connections) tasks.push_back(spawn(answer, TF_AWAIT(listener.accept())));
  std::uint64_t sum = 0;
  for (auto& task : tasks) sum += TF_AWAIT(task);
  TF_RETURN sum;
}

void run_read_to_end(const Params& params, Output& output) {
  const auto connections = static_cast<std::uint64_t>(params.get("connections"));
  Runtime runtime(runtime_options(params));
  const std::uint64_t sum = runtime.block_on(serve, std::ref(output), connections);
  output.check_ok(sum, connections);
}

const RegisteredWorkload registered(workload_info("read_to_end"), run_read_to_end);

}  // namespace
}  // namespace twofold::compare
