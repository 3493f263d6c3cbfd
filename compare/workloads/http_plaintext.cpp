// `http_plaintext`: a server that parses its requests and always answers the same.
#include <array>
#include <string>

#include "protocol/plaintext.hpp"
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

TF_ASYNC(std::uint64_t) answer_requests(TcpStream stream) {
  std::array<char, std::size_t{16} * 1024> buffer;
  PlaintextRequests requests;
  std::string answers;
  std::uint64_t total = 0;
  while (const std::size_t n = TF_AWAIT(stream.read(buffer))) {
    const std::size_t count = requests.feed(std::span(buffer).first(n));
    total += count;
    if (count == 1) {
      TF_AWAIT(stream.write_all(kPlaintextAnswer));
    } else if (count > 1) {
      answers.clear();
      for (std::size_t i = 0; i < count; ++i) answers += kPlaintextAnswer;
      TF_AWAIT(stream.write_all(answers));
    }
  }
  TF_RETURN total;
}

TF_ASYNC(std::uint64_t) serve(Output& output, std::uint64_t connections) {
  auto listener = TcpListener::bind("127.0.0.1:0");
  output.listening(listener.local_address().port());
  std::vector<JoinHandle<std::uint64_t>> tasks;
  tasks.reserve(connections);
  while (tasks.size() < connections) {
    tasks.push_back(spawn(answer_requests, TF_AWAIT(listener.accept())));
  }
  std::uint64_t total = 0;
  for (auto& task : tasks) total += TF_AWAIT(task);
  TF_RETURN total;
}

void run_http_plaintext(const Params& params, Output& output) {
  const auto connections = static_cast<std::uint64_t>(params.get("connections"));
  Runtime runtime(runtime_options(params));
  const std::uint64_t answered = runtime.block_on(serve, std::ref(output), connections);
  output.check_ok(answered, connections);
}

const RegisteredWorkload registered(workload_info("http_plaintext"), run_http_plaintext);

}  // namespace
}  // namespace twofold::compare
