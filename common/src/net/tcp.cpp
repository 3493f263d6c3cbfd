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

IoSourcePtr socket_to_connect(const SocketAddress& address, Context& context) {
  if (VirtualNetwork* const network = context.task().executor().network()) {
    return network->make_socket();
  }
  FileDescriptor fd = make_socket(address, "connect to");
  switch_on(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  return make_io_source(std::move(fd));
}

int connect_once(IoSource& source, const SocketAddress& address) {
  if (VirtualSocket* const socket = source.virtual_socket()) [[unlikely]]
    return socket->connect(address);
  return ::connect(source.fd(), address.native(), address.native_size());
}

}  // namespace

// Asks by connect() itself, again after each edge: it says whether the connection is there, under
// way or refused, and gives the reason.
Poll<TcpStream> Connect::poll(Context& context) {
  if (source_ == nullptr) {
    source_ = socket_to_connect(address_, context);
    wait_.set_source(*source_);
  }
  for (;;) {
    wait_.start();
    if (connect_once(*source_, address_) == 0 || errno == EISCONN) {
      wait_.end();
      return Poll<TcpStream>(std::in_place, std::move(source_));
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (error != EINPROGRESS && error != EALREADY) throw_net(error, "connect to", address_);
    if (!wait_.wait(context)) {
      context.task().set_waits_for(detail::WaitsFor::kConnect);
      return Pending;
    }
  }
}

}  // namespace detail

void TcpStream::shutdown() { detail::shut_down_writing(*source_); }

std::pair<TcpReadHalf, TcpWriteHalf> TcpStream::split() {
  const std::shared_ptr<detail::IoSource> shared(std::move(source_));
  return {TcpReadHalf(shared), TcpWriteHalf(shared)};
}

SocketAddress TcpStream::local_address() const { return detail::local_address_of(*source_); }
SocketAddress TcpStream::peer_address() const { return detail::peer_address_of(*source_); }
SocketAddress TcpListener::local_address() const { return detail::local_address_of(*source_); }

TcpListener TcpListener::bind(const SocketAddress& address) {
  constexpr int kBacklog = 4096;
  if (detail::Executor* const executor = detail::current_executor()) {
    if (detail::VirtualNetwork* const network = executor->owner().network()) {
      return TcpListener(network->listen(address));
    }
  }
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
