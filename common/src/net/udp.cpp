#include "twofold/net/udp.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "twofold/executor/executor.hpp"
#include "twofold/net/socket_name.hpp"

namespace twofold {
namespace detail {
namespace {

[[noreturn]] void throw_udp(int error, const char* operation, const SocketAddress& address) {
  throw std::system_error(error, std::system_category(),
                          std::string("twofold: UDP: ") + operation + " " + address.to_string());
}

// Tries `call` until it gives something; -1: the task will be woken.
template <class Call>
ssize_t attempt(IoWait& wait, Direction direction, Context& context, const char* operation,
                Call call) {
  TaskHeader& task = context.task();
  for (;;) {
    if (!detail::cooperate(task)) {
      wait.hold();
      return -1;
    }
    wait.start();
    const ssize_t n = call(wait.source().fd());
    if (n >= 0) {
      wait.end();
      return n;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      const int error = errno;
      wait.end();
      throw std::system_error(error, std::system_category(),
                              std::string("twofold: UDP: ") + operation);
    }
    if (!wait.wait(context)) {
      task.set_waits_for(direction == Direction::kRead ? detail::WaitsFor::kDatagram
                                                       : detail::WaitsFor::kRoomForDatagram);
      return -1;
    }
  }
}

}  // namespace

Poll<Datagram> ReceiveFrom::poll(Context& context) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const ssize_t n = attempt(wait_, Direction::kRead, context, "receiving", [&](int fd) noexcept {
    size = sizeof from;
    return ::recvfrom(fd, into_.data(), into_.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
  });
  if (n < 0) return Pending;
  return Ready(
      Datagram{static_cast<std::size_t>(n),
               SocketAddress::from_native(reinterpret_cast<const sockaddr*>(&from), size)});
}

Poll<std::size_t> Receive::poll(Context& context) {
  const ssize_t n = attempt(wait_, Direction::kRead, context, "receiving", [&](int fd) noexcept {
    return ::recv(fd, into_.data(), into_.size(), 0);
  });
  if (n < 0) return Pending;
  return Ready(static_cast<std::size_t>(n));
}

Poll<std::size_t> SendTo::poll(Context& context) {
  const ssize_t n = attempt(wait_, Direction::kWrite, context, "sending", [&](int fd) noexcept {
    return ::sendto(fd, from_.data(), from_.size(), MSG_NOSIGNAL, to_ ? to_->native() : nullptr,
                    to_ ? to_->native_size() : 0);
  });
  if (n < 0) return Pending;
  return Ready(static_cast<std::size_t>(n));
}

}  // namespace detail

UdpSocket UdpSocket::bind(const SocketAddress& address) {
  detail::FileDescriptor fd(
      ::socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd || ::bind(fd.get(), address.native(), address.native_size()) != 0) {
    detail::throw_udp(errno, "bind to", address);
  }
  return UdpSocket(detail::make_io_source(std::move(fd)));
}

void UdpSocket::connect(const SocketAddress& peer) {
  if (::connect(source_->fd(), peer.native(), peer.native_size()) != 0) {
    detail::throw_udp(errno, "connect to", peer);
  }
}

SocketAddress UdpSocket::local_address() const { return detail::local_address_of(*source_); }
SocketAddress UdpSocket::peer_address() const { return detail::peer_address_of(*source_); }

}  // namespace twofold
