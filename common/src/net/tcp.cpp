// TCP: accepting, connecting, and what is asked of the kernel about a socket.
#include "twofold/net/tcp.hpp"

#include <netinet/tcp.h>

#include <cerrno>
#include <system_error>

#include "twofold/executor/executor.hpp"
#include "twofold/net/socket_name.hpp"

namespace twofold {
namespace detail {
namespace {

[[noreturn]] void throw_net(int error, const char* operation, const SocketAddress& address) {
  throw std::system_error(error, std::system_category(),
                          std::string("twofold: ") + operation + " " + address.to_string());
}

FileDescriptor make_socket(const SocketAddress& address, const char* operation) {
  FileDescriptor fd(
      ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd) throw_net(errno, operation, address);
  return fd;
}

void switch_on(int fd, int level, int option) noexcept {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

}  // namespace

Connect::~Connect() {
  if (source_ != nullptr) source_->forget(Direction::kWrite);
}

// Asks by connect() itself, again after each edge: it says whether the connection is there, under
// way or refused, and gives the reason.
Poll<TcpStream> Connect::poll(Context& context) {
  if (source_ == nullptr) {
    FileDescriptor fd = make_socket(address_, "connect to");
    switch_on(fd.get(), IPPROTO_TCP, TCP_NODELAY);
    source_ = make_io_source(std::move(fd));
  }
  for (;;) {
    source_->start(Direction::kWrite);
    if (::connect(source_->fd(), address_.native(), address_.native_size()) == 0 ||
        errno == EISCONN) {
      return Poll<TcpStream>(std::in_place, std::move(source_));
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (error != EINPROGRESS && error != EALREADY) throw_net(error, "connect to", address_);
    if (!source_->wait(Direction::kWrite, context)) {
      context.task().set_waiting_for("a connection to be made (connect)");
      return Pending;
    }
  }
}

}  // namespace detail

void TcpStream::shutdown() { detail::shut_down_writing(source_->fd()); }

std::pair<TcpReadHalf, TcpWriteHalf> TcpStream::split() {
  const std::shared_ptr<detail::IoSource> shared(std::move(source_));
  return {TcpReadHalf(shared), TcpWriteHalf(shared)};
}

SocketAddress TcpStream::local_address() const { return detail::local_address_of(source_->fd()); }
SocketAddress TcpStream::peer_address() const { return detail::peer_address_of(source_->fd()); }
SocketAddress TcpListener::local_address() const { return detail::local_address_of(source_->fd()); }

TcpListener TcpListener::bind(const SocketAddress& address) {
  constexpr int kBacklog = 4096;
  detail::FileDescriptor fd = detail::make_socket(address, "listen on");
  detail::switch_on(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  // Accepted sockets inherit it, which saves a call for each.
  detail::switch_on(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  if (::bind(fd.get(), address.native(), address.native_size()) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    detail::throw_net(errno, "listen on", address);
  }
  return TcpListener(detail::make_io_source(std::move(fd)));
}

}  // namespace twofold
