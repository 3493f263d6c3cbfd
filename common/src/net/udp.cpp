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

// Tries `call` until it gives something; -1: the task will be woken. `waiting` is kept up to date.
template <class Call>
ssize_t attempt(IoSource& source, Direction direction, Context& context, bool& waiting,
                const char* operation, Call call) {
  TaskHeader& task = context.task();
  for (;;) {
    if (!detail::cooperate(task)) return -1;
    source.start(direction);
    const ssize_t n = call();
    if (n >= 0) {
      waiting = false;
      return n;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      throw std::system_error(errno, std::system_category(),
                              std::string("twofold: UDP: ") + operation);
    }
    waiting = !source.wait(direction, context);
    if (waiting) {
      task.set_waiting_for(direction == Direction::kRead ? "a datagram (recv)"
                                                         : "room for a datagram (send)");
      return -1;
    }
  }
}

}  // namespace

Poll<Datagram> ReceiveFrom::poll(Context& context) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const ssize_t n =
      attempt(*source_, Direction::kRead, context, waiting_, "receiving", [&]() noexcept {
        size = sizeof from;
        return ::recvfrom(source_->fd(), into_.data(), into_.size(), 0,
                          reinterpret_cast<sockaddr*>(&from), &size);
      });
  if (n < 0) return Pending;
  return Ready(
      Datagram{static_cast<std::size_t>(n),
               SocketAddress::from_native(reinterpret_cast<const sockaddr*>(&from), size)});
}

Poll<std::size_t> Receive::poll(Context& context) {
  const ssize_t n =
      attempt(*source_, Direction::kRead, context, waiting_, "receiving",
              [&]() noexcept { return ::recv(source_->fd(), into_.data(), into_.size(), 0); });
  if (n < 0) return Pending;
  return Ready(static_cast<std::size_t>(n));
}

Poll<std::size_t> SendTo::poll(Context& context) {
  const ssize_t n =
      attempt(*source_, Direction::kWrite, context, waiting_, "sending", [&]() noexcept {
        return ::sendto(source_->fd(), from_.data(), from_.size(), MSG_NOSIGNAL,
                        to_ ? to_->native() : nullptr, to_ ? to_->native_size() : 0);
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

SocketAddress UdpSocket::local_address() const { return detail::local_address_of(source_->fd()); }
SocketAddress UdpSocket::peer_address() const { return detail::peer_address_of(source_->fd()); }

}  // namespace twofold
