// `read_to_end` as a state machine: collect until the end of the stream, hash, answer.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>

#include "baselines/epoll/event_loop.hpp"
#include "baselines/epoll/servers.hpp"
#include "protocol/checksum.hpp"

namespace twofold::compare {
namespace {

class ReadToEndHandler {
 public:
  struct Connection {
    std::string stream;
    [[nodiscard]] static bool wants_to_write() { return false; }
  };

  bool advance(int socket, Connection& connection, bool ended) {
    while (true) {
      const ssize_t n = ::recv(socket, buffer_.data(), buffer_.size(), 0);
      if (n > 0) {
        connection.stream.append(buffer_.data(), static_cast<std::size_t>(n));
        if (static_cast<std::size_t>(n) < buffer_.size() && !ended) {
          return true;
        }
      } else if (n == 0) {
        answer(socket, connection);
        return false;
      } else if (errno == EAGAIN) {
        return true;
      } else if (errno != EINTR) {
        return false;
      }
    }
  }

  [[nodiscard]] std::uint64_t sum_of_hashes() const { return sum_of_hashes_; }

 private:
  void answer(int socket, Connection& connection) {
    const std::uint64_t hash = fnv1a(connection.stream);
    // Eight bytes always fit the empty send buffer of a connection that has sent nothing before.
    const auto bytes = to_little_endian(hash);
    if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == std::ssize(bytes)) {
      sum_of_hashes_ += hash;
    }
    std::string().swap(connection.stream);
  }

  std::array<char, 16 * 1024> buffer_;
  std::uint64_t sum_of_hashes_ = 0;
};

}  // namespace

void serve_read_to_end(const Params& params, Output& output) {
  const auto connections = static_cast<std::uint64_t>(params.get("connections"));
  ReadToEndHandler handler;
  EventLoop(handler, connections).run(output);
  output.check_ok(handler.sum_of_hashes(), connections);
}

}  // namespace twofold::compare
