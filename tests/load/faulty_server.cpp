// Servers with one fault each, for the tests of twofold-load:
//
//   faulty_server FAULT WORKLOAD CONNECTIONS CHECKSUM
//
// A plain server that serves one connection after another would deadlock with a load that keeps all
// of them busy, so this one polls. It answers `echo` rightly but for its fault, and answers eight
// wrong bytes to `read_to_end`, whose faults lie elsewhere. CHECKSUM (hex) is what it claims at the
// end.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "protocol/loopback.hpp"
#include "protocol/outcome.hpp"
#include "protocol/output.hpp"

namespace {

using namespace twofold::compare;

// Past the warm-up of every connection in the tests.
constexpr int kEchoReadsBeforeFault = 20;
// Streams may arrive in few pieces, but in one each at least.
constexpr int kStreamReadsBeforeFault = 2;

struct Server {
  std::string fault;
  std::string workload;
  std::size_t connections = 0;
  std::uint64_t checksum = 0;
  Output output{stdout};

  std::vector<pollfd> sockets;
  std::size_t accepted = 0;
  int reads = 0;
  std::string held_back;

  [[nodiscard]] bool due(const char* name) const {
    return fault == name &&
           reads >= (workload == "echo" ? kEchoReadsBeforeFault : kStreamReadsBeforeFault);
  }

  void fail_before_listening() {
    if (fault == "never_listens") {
      ::pause();
    } else if (fault == "ends_before_listening") {
      std::_Exit(7);
    } else if (fault == "talks_nonsense") {
      std::puts("ready to serve!");
      std::fflush(stdout);
      ::pause();
    } else if (fault == "says_capped_at_once") {
      output.check_other("capped", "no room at all");
      std::_Exit(kExitCapped);
    } else if (fault == "says_unsupported") {
      output.check_other("unsupported", "no sockets here");
      std::_Exit(kExitUnsupported);
    }
  }

  void fail_while_serving() const {
    if (due("crashes")) {
      std::raise(SIGABRT);
    } else if (due("hangs")) {
      ::pause();
    } else if (due("exits")) {
      std::_Exit(0);
    }
  }

  // Gives what to answer to `bytes`; empty for nothing.
  std::string answer(std::string bytes) {
    if (due("sends_a_wrong_byte")) {
      bytes.back() = static_cast<char>(bytes.back() ^ 1);
    } else if (due("swaps_two_bytes")) {
      std::swap(bytes[0], bytes[1]);
    } else if (due("sends_too_much")) {
      bytes += '!';
    } else if (due("repeats_an_old_answer")) {
      bytes = held_back;
    } else if (due("loses_a_byte")) {
      bytes.pop_back();
    } else {
      held_back = bytes;
    }
    return bytes;
  }

  // False when the connection is over.
  bool serve(int socket) {
    std::array<char, 16 * 1024> buffer;
    const ssize_t n = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (n <= 0) {
      if (workload == "read_to_end" && fault != "answers_nothing") {
        const std::string reply(fault == "answers_too_long" ? 9 : 8, 'x');
        (void)::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL);
      } else if (fault == "sends_more_at_the_end") {
        (void)::send(socket, "!", 1, MSG_NOSIGNAL);
      }
      return false;
    }
    ++reads;
    fail_while_serving();
    if (due("closes_early")) {
      return false;
    }
    if (workload == "echo" || fault == "answers_too_early") {
      const std::string reply = answer({buffer.data(), static_cast<std::size_t>(n)});
      (void)::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL);
    }
    return true;
  }

  void run() {
    fail_before_listening();
    const Listener listener = listen_on_loopback(false);
    output.listening(listener.port);
    sockets.push_back({listener.socket.get(), POLLIN, 0});
    while (accepted < connections || sockets.size() > 1) {
      ::poll(sockets.data(), sockets.size(), -1);
      serve_all_ready();
      accept_ready(listener);
    }
  }

  void serve_all_ready() {
    for (std::size_t i = sockets.size(); i-- > 1;) {
      if (sockets[i].revents != 0 && !serve(sockets[i].fd)) {
        ::close(sockets[i].fd);
        sockets.erase(sockets.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

  void accept_ready(const Listener& listener) {
    if (sockets.front().revents == 0) {
      return;
    }
    sockets.push_back({::accept(listener.socket.get(), nullptr, nullptr), POLLIN, 0});
    if (++accepted == 2 && fault == "says_capped_when_asked_for_two") {
      output.check_other("capped", "one connection is the limit");
      std::_Exit(kExitCapped);
    }
  }

  int finish() {
    if (fault == "never_ends") {
      ::pause();
    } else if (fault == "says_failed") {
      output.check_other("failed", "lost count");
      return kExitFailed;
    } else if (fault == "says_nothing_at_the_end") {
      return kExitOk;
    } else if (fault == "fails_after_its_check") {
      output.check_ok(checksum, 1);
      return 9;
    } else if (fault == "floods_its_output") {
      while (true) {
        std::puts("0123456789012345678901234567890123456789012345678901234567890123456789");
      }
    }
    output.check_ok(fault == "claims_a_wrong_checksum" ? checksum + 1 : checksum, 1);
    return kExitOk;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s FAULT WORKLOAD CONNECTIONS CHECKSUM\n", argv[0]);
    return kExitUsage;
  }
  Server server;
  server.fault = argv[1];
  server.workload = argv[2];
  server.connections = std::strtoul(argv[3], nullptr, 10);
  server.checksum = std::strtoull(argv[4], nullptr, 16);
  server.run();
  return server.finish();
}
