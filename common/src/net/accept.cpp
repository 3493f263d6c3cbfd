// Accepting, and which of its errors are the connection's, the machine's, or the caller's.
#include "twofold/net/accept.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "twofold/executor/executor.hpp"

namespace twofold::detail {
namespace {

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

/// The next connection; null and errno where there is none.
[[nodiscard]] IoSourcePtr accept_once(IoSource& source) {
  if (VirtualSocket* const socket = source.virtual_socket()) [[unlikely]]
    return socket->accept();
  FileDescriptor fd(::accept4(source.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  return fd ? make_io_source(std::move(fd)) : nullptr;
}

}  // namespace

IoSourcePtr AcceptBase::poll_accept(Context& context) {
  constexpr std::chrono::milliseconds kPause{20};
  if (pause_) {
    if (pause_->poll(context).is_pending()) return nullptr;
    pause_.reset();
  }
  for (;;) {
    if (!detail::cooperate(context.task())) {
      wait_.hold();
      return nullptr;
    }
    wait_.start();
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): it does not see the deleter
    if (IoSourcePtr connection = accept_once(wait_.source())) {
      wait_.end();
      return connection;
    }
    const int error = errno;
    if (is_of_one_connection(error)) continue;
    if (is_shortage(error)) {
      // The connection stays in the queue and no edge will come for it: look again by the clock.
      pause_.emplace(kPause);
      if (pause_->poll(context).is_pending()) {
        wait_.hold();
        return nullptr;
      }
      pause_.reset();
      continue;
    }
    if (error != EAGAIN && error != EWOULDBLOCK) {
      wait_.end();
      throw std::system_error(error, std::system_category(), "twofold: accept");
    }
    if (!wait_.wait(context)) {
      context.task().set_waits_for(detail::WaitsFor::kAccept);
      return nullptr;
    }
  }
}

}  // namespace twofold::detail
