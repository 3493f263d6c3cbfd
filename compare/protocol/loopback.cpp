#include "protocol/loopback.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace twofold::compare {
namespace {

[[noreturn]] void throw_errno(const char* operation) {
  throw std::system_error(errno, std::generic_category(), operation);
}

}  // namespace

Listener listen_on_loopback(bool non_blocking) {
  const int flags = SOCK_STREAM | SOCK_CLOEXEC | (non_blocking ? SOCK_NONBLOCK : 0);
  Listener listener{Descriptor(::socket(AF_INET, flags, 0)), 0};
  if (!listener.socket.is_open()) {
    throw_errno("creating a listening socket");
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  if (::bind(listener.socket.get(), generic, length) != 0) {
    throw_errno("binding to a port of 127.0.0.1");
  }
  // The kernel shortens this to net.core.somaxconn.
  if (::listen(listener.socket.get(), 65535) != 0) {
    throw_errno("listening on 127.0.0.1");
  }
  if (::getsockname(listener.socket.get(), generic, &length) != 0) {
    throw_errno("asking for the port that was bound");
  }
  listener.port = ntohs(address.sin_port);
  return listener;
}

void set_no_delay(int socket) noexcept {
  const int on = 1;
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace twofold::compare
