// `resp_server`: the store of docs/examples/resp_server behind its parser, without its deadlines.
#include <array>
#include <string>

#include "resp_server/command_parser.hpp"
#include "resp_server/commands.hpp"
#include "resp_server/store.hpp"
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

// Apart from the function that waits, which so stays on a small stack. False: no RESP.
[[gnu::noinline]] bool execute_all(resp::CommandParser& parser, std::string_view bytes,
                                   resp::Store& store, std::string& replies, std::uint64_t& total) {
  parser.add(bytes);
  resp::CommandParser::Event event;
  while ((event = parser.next()) == resp::CommandParser::Event::kCommand) {
    (void)resp::execute(parser.command(), store, replies);
    ++total;
  }
  return event == resp::CommandParser::Event::kNeedMore;
}

TF_ASYNC(std::uint64_t) answer_commands(TcpStream stream, resp::Store& store) {
  std::array<char, std::size_t{16} * 1024> buffer;
  resp::CommandParser parser;
  std::string replies;
  std::uint64_t total = 0;
  while (const std::size_t n = TF_AWAIT(stream.read(buffer))) {
    if (!execute_all(parser, {buffer.data(), n}, store, replies, total)) break;
    TF_AWAIT(stream.write_all(replies));
    replies.clear();
  }
  TF_RETURN total;
}

TF_ASYNC(std::uint64_t) serve(Output& output, std::uint64_t connections) {
  resp::Store store;
  auto listener = TcpListener::bind("127.0.0.1:0");
  output.listening(listener.local_address().port());
  std::vector<JoinHandle<std::uint64_t>> tasks;
  tasks.reserve(connections);
  while (tasks.size() < connections) {
    tasks.push_back(spawn(answer_commands, TF_AWAIT(listener.accept()), std::ref(store)));
  }
  std::uint64_t total = 0;
  for (auto& task : tasks) total += TF_AWAIT(task);
  TF_RETURN total;
}

void run_resp_server(const Params& params, Output& output) {
  const auto connections = static_cast<std::uint64_t>(params.get("connections"));
  Runtime runtime(runtime_options(params));
  const std::uint64_t answered = runtime.block_on(serve, std::ref(output), connections);
  output.check_ok(answered, connections);
}

const RegisteredWorkload registered(workload_info("resp_server"), run_resp_server);

}  // namespace
}  // namespace twofold::compare
