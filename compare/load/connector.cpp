#include "load/connector.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

// Errors that say that the machine has no more to give, as opposed to a server that refuses.
const char* exhausted_resource(int error) {
  switch (error) {
    case EMFILE:
      return "the limit of open descriptors of the load generator (RLIMIT_NOFILE)";
    case ENFILE:
      return "the machine's limit of open files (fs.file-max)";
    case EADDRNOTAVAIL:
      return "the range of local ports (net.ipv4.ip_local_port_range)";
    case ENOBUFS:
    case ENOMEM:
      return "the kernel's memory for sockets";
    default:
      return nullptr;
  }
}

[[noreturn]] void throw_cannot_connect(int error, std::size_t index) {
  if (const char* resource = exhausted_resource(error)) {
    throw Capped(std::string(resource) + " was reached after " + std::to_string(index) +
                 " connections");
  }
  throw CheckFailed(about_connection(index, errno_message("connecting", error)));
}

}  // namespace

std::string about_connection(std::size_t connection, const std::string& what) {
  return "connection " + std::to_string(connection) + ": " + what;
}

namespace {

Descriptor make_socket(std::size_t index) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) {
    throw_cannot_connect(errno, index);
  }
  set_no_delay(socket.get());
  return socket;
}

void begin(const Descriptor& socket, std::uint16_t port, std::size_t index) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    throw_cannot_connect(errno, index);
  }
}

}  // namespace

Descriptor begin_connect(std::uint16_t port, std::size_t index) {
  Descriptor socket = make_socket(index);
  begin(socket, port, index);
  return socket;
}

Descriptor begin_connect_from(std::uint16_t port, std::size_t index, std::size_t source) {
  constexpr std::uint32_t kFirstSource = 0x7f000002;  // 127.0.0.2
  Descriptor socket = make_socket(index);
  // The port is chosen by connect(), which knows that only the pair of addresses must be new.
  const int on = 1;
  (void)::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(kFirstSource + static_cast<std::uint32_t>(source));
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw_cannot_connect(errno, index);
  }
  begin(socket, port, index);
  return socket;
}

Transfer send_some(const Descriptor& socket, std::span<const char> bytes, std::size_t connection) {
  const ssize_t n = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n >= 0) {
    return {.bytes = static_cast<std::size_t>(n)};
  }
  // ENOTCONN: the handshake is still under way.
  if (errno == EAGAIN || errno == EINTR || errno == ENOTCONN) {
    return {.would_block = true};
  }
  throw CheckFailed(about_connection(connection, errno_message("sending", errno)));
}

Transfer receive_some(const Descriptor& socket, std::span<char> buffer, std::size_t connection) {
  const ssize_t n = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
  if (n > 0) {
    return {.bytes = static_cast<std::size_t>(n)};
  }
  if (n == 0) {
    return {.end_of_stream = true};
  }
  if (errno == EAGAIN || errno == EINTR || errno == ENOTCONN) {
    return {.would_block = true};
  }
  throw CheckFailed(about_connection(connection, errno_message("receiving", errno)));
}

}  // namespace twofold::compare
