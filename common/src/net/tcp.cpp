// TCP: accepting, connecting, and what is asked of the kernel about a socket.
#include "twofold/net/tcp.hpp"

#include <netinet/tcp.h>

#include <cerrno>
#include <system_error>

#include "twofold/executor/executor.hpp"

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

// accept(2): errors of the network that befell one connection are to be treated like EAGAIN.
[[nodiscard]] bool is_of_one_connection(int error) noexcept {
  switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case EINTR:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM:
      return true;
    default:
      return false;
  }
}

[[nodiscard]] bool is_shortage(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

template <class Get>
SocketAddress address_of(int fd, Get get) {
  sockaddr_storage storage{};
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  socklen_t size = sizeof storage;
  if (get(fd, address, &size) != 0) {
    throw std::system_error(errno, std::system_category(), "twofold: address of a socket");
  }
  return SocketAddress::from_native(address, size);
}

void shut_down_writing(int fd) {
  if (::shutdown(fd, SHUT_WR) != 0 && errno != ENOTCONN) {
    throw std::system_error(errno, std::system_category(), "twofold: shutdown");
  }
}

}  // namespace

Poll<TcpStream> Accept::poll(Context& context) {
  constexpr std::chrono::milliseconds kPause{20};
  if (pause_) {
    if (pause_->poll(context).is_pending()) return Pending;
    pause_.reset();
  }
  for (;;) {
    if (!context.task().executor().cooperate(context.task())) return Pending;
    source_->start(Direction::kRead);
    FileDescriptor fd(::accept4(source_->fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      waiting_ = false;
      return Poll<TcpStream>(std::in_place, make_io_source(std::move(fd)));
    }
    const int error = errno;
    if (is_of_one_connection(error)) continue;
    if (is_shortage(error)) {
      // The connection stays in the queue and no edge will come for it: look again by the clock.
      pause_.emplace(kPause);
      if (pause_->poll(context).is_pending()) return Pending;
      pause_.reset();
      continue;
    }
    if (error != EAGAIN && error != EWOULDBLOCK) {
      throw std::system_error(error, std::system_category(), "twofold: accept");
    }
    waiting_ = !source_->wait(Direction::kRead, context);
    if (waiting_) {
      context.task().set_waiting_for("a connection (accept)");
      return Pending;
    }
  }
}

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
void TcpWriteHalf::shutdown() { detail::shut_down_writing(source_->fd()); }

std::pair<TcpReadHalf, TcpWriteHalf> TcpStream::split() {
  const std::shared_ptr<detail::IoSource> shared(std::move(source_));
  return {TcpReadHalf(shared), TcpWriteHalf(shared)};
}

SocketAddress TcpStream::local_address() const {
  return detail::address_of(source_->fd(), ::getsockname);
}
SocketAddress TcpStream::peer_address() const {
  return detail::address_of(source_->fd(), ::getpeername);
}
SocketAddress TcpListener::local_address() const {
  return detail::address_of(source_->fd(), ::getsockname);
}

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
