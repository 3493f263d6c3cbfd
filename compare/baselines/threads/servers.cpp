// The servers with a blocking thread for each connection.
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <thread>

#include "baselines/threads/thread.hpp"
#include "baselines/threads/workloads.hpp"
#include "protocol/checksum.hpp"
#include "protocol/loopback.hpp"
#include "protocol/machine.hpp"
#include "protocol/plaintext.hpp"

namespace twofold::compare {
namespace {

constexpr std::size_t kBufferBytes = 16 * 1024;
constexpr std::size_t kIdleBufferBytes = 1024;

// Shared by all threads of a server, which may outlive a run that fails.
struct Tally {
  std::atomic<std::uint64_t> checksum{0};
  std::atomic<std::uint64_t> serving{0};
};

ssize_t receive(const Descriptor& socket, std::span<char> buffer) {
  ssize_t n = 0;
  do {
    n = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
  } while (n < 0 && errno == EINTR);
  return n;
}

bool send_all(const Descriptor& socket, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::send(socket.get(), bytes, size, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) {
      return false;
    }
    const std::size_t sent = n > 0 ? static_cast<std::size_t>(n) : 0;
    bytes += sent;
    size -= sent;
  }
  return true;
}

// Serves one connection; gives its part of the checksum.
template <std::size_t kBytes>
std::uint64_t echo(const Descriptor& socket) {
  std::array<char, kBytes> buffer;
  std::uint64_t bytes_echoed = 0;
  while (true) {
    const ssize_t n = receive(socket, buffer);
    if (n <= 0 || !send_all(socket, buffer.data(), static_cast<std::size_t>(n))) {
      return bytes_echoed;
    }
    bytes_echoed += static_cast<std::uint64_t>(n);
  }
}

std::uint64_t read_to_end(const Descriptor& socket) {
  std::array<char, kBufferBytes> buffer;
  std::string stream;
  ssize_t n = 0;
  while ((n = receive(socket, buffer)) > 0) {
    stream.append(buffer.data(), static_cast<std::size_t>(n));
  }
  if (n < 0) {
    return 0;
  }
  const std::uint64_t hash = fnv1a(stream);
  const auto answer = to_little_endian(hash);
  return send_all(socket, answer.data(), answer.size()) ? hash : 0;
}

std::uint64_t answer_requests(const Descriptor& socket) {
  std::array<char, kBufferBytes> buffer;
  PlaintextRequests requests;
  std::string answers;
  std::uint64_t answered = 0;
  ssize_t n = 0;
  while ((n = receive(socket, buffer)) > 0) {
    const std::size_t count = requests.feed(std::span(buffer).first(static_cast<std::size_t>(n)));
    answers.clear();
    for (std::size_t i = 0; i < count; ++i) {
      answers += kPlaintextAnswer;
    }
    if (!send_all(socket, answers.data(), answers.size())) {
      break;
    }
    answered += count;
  }
  return answered;
}

// Blocks until there is a connection. Descriptors that ran out come back when others close, which
// nothing announces: so it waits a little and asks again.
Descriptor accept_connection(const Descriptor& listener) {
  while (true) {
    Descriptor socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.is_open()) {
      set_no_delay(socket.get());
      return socket;
    }
    switch (errno) {
      case EINTR:
      case ECONNABORTED:
      case EPROTO:
        break;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        break;
      default:
        throw std::system_error(errno, std::generic_category(), "accepting a connection");
    }
  }
}

std::uint64_t serve(std::uint64_t connections, std::uint64_t (*serve_one)(const Descriptor&),
                    Output& output) {
  require_threads(connections);
  const Listener listener = listen_on_loopback(false);
  const auto tally = std::make_shared<Tally>();
  output.listening(listener.port);
  for (std::uint64_t i = 0; i < connections; ++i) {
    // std::function wants a copyable callable, so the thread takes the bare descriptor over.
    const int socket = accept_connection(listener.socket).release();
    tally->serving.fetch_add(1);
    Thread detached(
        [tally, socket, serve_one] {
          {
            const Descriptor owned(socket);
            tally->checksum.fetch_add(serve_one(owned));
          }
          tally->serving.fetch_sub(1);
          tally->serving.notify_one();
        },
        i);
  }
  for (auto left = tally->serving.load(); left != 0; left = tally->serving.load()) {
    tally->serving.wait(left);
  }
  return tally->checksum.load();
}

}  // namespace

namespace {

void serve_with(std::uint64_t (*serve_one)(const Descriptor&), const Params& params,
                Output& output) {
  const auto connections = static_cast<std::uint64_t>(params.get("connections"));
  output.check_ok(serve(connections, serve_one, output), connections);
}

}  // namespace

void serve_echo(const Params& params, Output& output) {
  serve_with(echo<kBufferBytes>, params, output);
}

void serve_idle_connections(const Params& params, Output& output) {
  serve_with(echo<kIdleBufferBytes>, params, output);
}

void serve_read_to_end(const Params& params, Output& output) {
  serve_with(read_to_end, params, output);
}

void serve_http_plaintext(const Params& params, Output& output) {
  serve_with(answer_requests, params, output);
}

}  // namespace twofold::compare
