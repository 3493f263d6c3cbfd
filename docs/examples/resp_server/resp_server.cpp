// resp_server: keys and values over Redis's protocol, for redis-cli, redis-benchmark and libraries.
//
//     resp_server [--listen 127.0.0.1:6379] [--workers 1] ...      see kUsage
//
// Replies to pipelined commands are gathered and sent together; a client that does not read its
// replies, or that stays silent, is dropped in the end.
#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <twofold/twofold.hpp>
#include <utility>

#include "resp_server/command_parser.hpp"
#include "resp_server/commands.hpp"
#include "resp_server/store.hpp"
#include "service/service.hpp"

namespace {

using namespace std::chrono_literals;

constexpr const char* kUsage =
    "usage: resp_server [options]\n"
    "  --listen ADDRESS      where to listen; port 0 lets the system choose (127.0.0.1:0)\n"
    "  --workers N           threads; 0: one for each core (1)\n"
    "  --connections N       at a time; more wait (20000)\n"
    "  --idle-ms MS          how long a client may be silent (300000)\n"
    "  --write-ms MS         how long a client may take to read its replies (10000)\n"
    "  --grace-ms MS         how long connections may take to end after SIGTERM (5000)\n";

class Server {
 public:
  Server(std::chrono::milliseconds idle, std::chrono::milliseconds write)
      : idle_(idle), write_(write) {}

  TF_ASYNC(void) serve(twofold::TcpStream stream, service::Stopping stopping) {
    resp::CommandParser parser;
    std::array<char, 16 * 1024> buffer;
    std::string replies;
    while (!stopping.has_begun()) {
      const auto event =
          TF_AWAIT(twofold::timeout(idle_, twofold::select(stream.read(buffer), stopping.begun())));
      if (!event || event->index() == 1 || std::get<0>(*event) == 0) TF_RETURN;
      parser.add({buffer.data(), std::get<0>(*event)});
      bool goes_on = true;
      while (goes_on) {
        const auto next = parser.next();
        if (next == resp::CommandParser::Event::kNeedMore) break;
        if (next == resp::CommandParser::Event::kCommand) {
          goes_on = resp::execute(parser.command(), store_, replies);
        } else {
          goes_on = false;
          resp::append_error(replies, (std::string("ERR ") + parser.reason()).c_str());
        }
        if (replies.size() >= kGathered) TF_AWAIT(send(stream, replies));
      }
      if (!replies.empty()) TF_AWAIT(send(stream, replies));
      store_.remove_expired(kExpiredAtOnce);
      if (!goes_on) TF_RETURN;
    }
    TF_RETURN;
  }

 private:
  static constexpr std::size_t kGathered = 64 * 1024;  // replies sent at once
  static constexpr std::size_t kExpiredAtOnce = 20;    // keys, so that none waits for long

  TF_ASYNC(void) send(twofold::TcpStream& stream, std::string& replies) {
    const auto sent = TF_AWAIT(twofold::timeout(write_, stream.write_all(replies)));
    if (!sent) throw std::runtime_error("the client does not read");
    replies.clear();
    TF_RETURN;
  }

  std::chrono::milliseconds idle_;
  std::chrono::milliseconds write_;
  resp::Store store_;
};

void serve(service::CommandLine& line) {
  const service::Options options = service::Options::from(line);
  const auto idle = line.milliseconds("--idle-ms", 300s);
  const auto write = line.milliseconds("--write-ms", 10s);
  line.refuse_the_rest();
  Server server(idle, write);
  service::run(server, options);
}

}  // namespace

int main(int argc, char** argv) { return service::main("resp_server", kUsage, argc, argv, serve); }
