// `http_plaintext` as a state machine: a parser for each connection, one buffer for all.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <string>

#include "baselines/epoll/event_loop.hpp"
#include "baselines/epoll/servers.hpp"
#include "protocol/plaintext.hpp"

namespace twofold::compare {
namespace {

class PlaintextHandler {
 public:
  struct Connection {
    std::unique_ptr<PlaintextRequests> requests = std::make_unique<PlaintextRequests>();
    std::string unsent;  // answers not yet taken by the kernel; no reading while there are any
    [[nodiscard]] bool wants_to_write() const { return !unsent.empty(); }
  };

  bool advance(int socket, Connection& connection, bool ended) {
    if (!connection.unsent.empty() && !send_unsent(socket, connection)) {
      return !broken_;
    }
    while (true) {
      const ssize_t n = ::recv(socket, buffer_.data(), buffer_.size(), 0);
      if (n > 0) {
        const auto bytes = std::span(buffer_).first(static_cast<std::size_t>(n));
        if (!answer(socket, connection.requests->feed(bytes), connection)) {
          return !broken_;
        }
        if (bytes.size() < buffer_.size() && !ended) {
          return true;
        }
      } else if (n == 0) {
        return false;
      } else if (errno == EAGAIN) {
        return true;
      } else if (errno != EINTR) {
        return false;
      }
    }
  }

  [[nodiscard]] std::uint64_t answered() const { return answered_; }

 private:
  // True when all went; otherwise the rest waits for the socket to become writable, or `broken_`.
  bool answer(int socket, std::size_t count, Connection& connection) {
    answered_ += count;
    if (count == 1) {
      const std::size_t sent = send_some(socket, kPlaintextAnswer);
      connection.unsent.assign(kPlaintextAnswer.substr(sent));
      return connection.unsent.empty();
    }
    for (std::size_t i = 0; i < count; ++i) {
      connection.unsent += kPlaintextAnswer;
    }
    return send_unsent(socket, connection);
  }

  bool send_unsent(int socket, Connection& connection) {
    connection.unsent.erase(0, send_some(socket, connection.unsent));
    return connection.unsent.empty();
  }

  std::size_t send_some(int socket, std::string_view bytes) {
    std::size_t sent = 0;
    broken_ = false;
    while (sent < bytes.size()) {
      const ssize_t n = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n >= 0) {
        sent += static_cast<std::size_t>(n);
      } else if (errno != EINTR) {
        broken_ = errno != EAGAIN;
        break;
      }
    }
    return sent;
  }

  std::array<char, 16 * 1024> buffer_;
  std::uint64_t answered_ = 0;
  bool broken_ = false;  // the last send failed for good
};

}  // namespace

void serve_http_plaintext(const Params& params, Output& output) {
  const auto connections = static_cast<std::uint64_t>(params.get("connections"));
  PlaintextHandler handler;
  EventLoop(handler, connections).run(output);
  output.check_ok(handler.answered(), connections);
}

}  // namespace twofold::compare
