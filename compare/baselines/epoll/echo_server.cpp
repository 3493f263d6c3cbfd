// `echo` as a state machine: read into one buffer shared by all connections and write it back at
// once. Only what the kernel does not take is kept for the connection, so a connection that keeps
// up owns no memory.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <span>
#include <string>
#include <system_error>

#include "baselines/epoll/event_loop.hpp"
#include "baselines/epoll/servers.hpp"

namespace twofold::compare {
namespace {

class EchoHandler {
 public:
  struct Connection {
    std::string unsent;  // read but not yet taken by the kernel; no reading while there is any
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
        if (!echo(socket, bytes, connection)) {
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

  [[nodiscard]] std::uint64_t bytes_echoed() const { return bytes_echoed_; }

 private:
  // True when all went; otherwise the rest waits for the socket to become writable, or `broken_`.
  bool echo(int socket, std::span<const char> bytes, Connection& connection) {
    const std::size_t sent = send_some(socket, bytes);
    if (sent == bytes.size()) {
      return true;
    }
    connection.unsent.assign(bytes.begin() + static_cast<std::ptrdiff_t>(sent), bytes.end());
    return false;
  }

  bool send_unsent(int socket, Connection& connection) {
    connection.unsent.erase(0, send_some(socket, connection.unsent));
    return connection.unsent.empty();
  }

  std::size_t send_some(int socket, std::span<const char> bytes) {
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
    bytes_echoed_ += sent;
    return sent;
  }

  std::array<char, 16 * 1024> buffer_;
  std::uint64_t bytes_echoed_ = 0;
  bool broken_ = false;  // the last send failed for good
};

}  // namespace

void serve_echo(const Params& params, Output& output) {
  EchoHandler handler;
  EventLoop(handler, static_cast<std::uint64_t>(params.get("connections"))).run(output);
  output.check_ok(handler.bytes_echoed(), static_cast<std::uint64_t>(params.get("connections")));
}

}  // namespace twofold::compare
