// tcp_proxy: hands each connection on to another server, and the bytes both ways.
//
//     tcp_proxy --to 127.0.0.1:5432 [--listen 127.0.0.1:6432] ...      see kUsage
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <twofold/twofold.hpp>
#include <utility>

#include "service/service.hpp"
#include "tcp_proxy/proxy_header.hpp"
#include "tcp_proxy/relay.hpp"

namespace {

using namespace std::chrono_literals;

constexpr const char* kUsage =
    "usage: tcp_proxy --to ADDRESS [options]\n"
    "  --to ADDRESS          the server behind, such as 127.0.0.1:5432\n"
    "  --listen ADDRESS      where to listen; port 0 lets the system choose (127.0.0.1:0)\n"
    "  --workers N           threads; 0: one for each core (1)\n"
    "  --connections N       at a time; more wait (20000)\n"
    "  --connect-ms MS       how long connecting to the server may take (3000)\n"
    "  --idle-ms MS          how long a connection may be silent both ways (60000)\n"
    "  --send-proxy 1        tells the server who the client is (PROXY protocol, version 2)\n"
    "  --accept-proxy 1      takes such a header from the client, and drops or passes it on\n"
    "  --grace-ms MS         how long connections may take to end after SIGTERM (5000)\n";

struct ProxyOptions {
  std::string to;
  std::chrono::milliseconds connect{3'000};
  std::chrono::milliseconds idle{60'000};
  bool sends_header = false;
  bool takes_header = false;
};

class Proxy {
 public:
  explicit Proxy(ProxyOptions options) : options_(std::move(options)), to_(options_.to) {}

  TF_ASYNC(void) serve(twofold::TcpStream client, service::Stopping) {
    std::string early;  // what the client sent behind its header
    std::optional<twofold::SocketAddress> source;
    if (options_.takes_header) {
      const auto taken = TF_AWAIT(
          twofold::timeout(options_.connect, twofold::async(&Proxy::take_header, std::ref(client),
                                                            std::ref(early), std::ref(source))));
      if (!taken) throw proxy::TooSlow();
    }
    std::optional<twofold::TcpStream> server =
        TF_AWAIT(twofold::timeout(options_.connect, twofold::TcpStream::connect(to_)));
    if (!server) throw proxy::TooSlow();
    if (options_.sends_header) {
      early.insert(0, proxy::make_proxy_header(source.value_or(client.peer_address()),
                                               client.local_address()));
    }
    if (!early.empty()) TF_AWAIT(server->write_all(early));
    const auto buffers = std::make_unique<Buffers>();
    TF_AWAIT(proxy::relay(client, *server, std::span(buffers->there), std::span(buffers->back),
                          options_.idle));
    TF_RETURN;
  }

 private:
  struct Buffers {
    std::array<std::byte, 16 * 1024> there;
    std::array<std::byte, 16 * 1024> back;
  };

  static TF_ASYNC(void) take_header(twofold::TcpStream& client, std::string& bytes,
                                    std::optional<twofold::SocketAddress>& source) {
    std::array<char, proxy::kLongestHeader> buffer;
    while (true) {
      const proxy::ParsedHeader parsed = proxy::parse_proxy_header(bytes);
      if (parsed.event == proxy::HeaderEvent::kHeader) {
        source = parsed.header.source;
        bytes.erase(0, parsed.size);
        TF_RETURN;
      }
      std::size_t n = 0;
      if (parsed.event == proxy::HeaderEvent::kNeedMore) n = TF_AWAIT(client.read(buffer));
      if (n == 0) throw std::runtime_error("there is no header of the PROXY protocol");
      bytes.append(buffer.data(), n);
    }
  }

  ProxyOptions options_;
  twofold::SocketAddress to_;
};

void serve(service::CommandLine& line) {
  const service::Options options = service::Options::from(line);
  ProxyOptions proxy;
  proxy.to = line.text("--to", "");
  proxy.connect = line.milliseconds("--connect-ms", proxy.connect);
  proxy.idle = line.milliseconds("--idle-ms", proxy.idle);
  proxy.sends_header = line.number("--send-proxy", 0) != 0;
  proxy.takes_header = line.number("--accept-proxy", 0) != 0;
  line.refuse_the_rest();
  if (proxy.to.empty()) throw service::UsageError("--to is missing: which server is behind?");
  Proxy handler(proxy);
  service::run(handler, options);
}

}  // namespace

int main(int argc, char** argv) { return service::main("tcp_proxy", kUsage, argc, argv, serve); }
