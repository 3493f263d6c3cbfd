#include "twofold/net/unix.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "twofold/executor/executor.hpp"

namespace twofold {
namespace detail {
namespace {

[[noreturn]] void throw_unix(int error, const char* operation, std::string_view path) {
  throw std::system_error(error, std::system_category(),
                          std::string("twofold: ") + operation + " " + std::string(path));
}

struct UnixAddress {
  sockaddr_un address{};
  socklen_t size = 0;

  explicit UnixAddress(std::string_view path) {
    const bool is_abstract = path.starts_with('@');
    // A path ends with a zero byte, a name of the abstract space does not.
    const std::size_t longest = sizeof address.sun_path - (is_abstract ? 0 : 1);
    if (path.empty() || path.size() > longest || path.find('\0') != std::string_view::npos) {
      throw std::invalid_argument("twofold: '" + std::string(path.substr(0, path.find('\0'))) +
                                  "' is not a path of a Unix socket: it must have 1 to " +
                                  std::to_string(longest) + " bytes, and no zero byte");
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (is_abstract) address.sun_path[0] = '\0';
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() +
                                  (is_abstract ? 0 : 1));
  }
  [[nodiscard]] const sockaddr* native() const noexcept {
    return reinterpret_cast<const sockaddr*>(&address);
  }
};

FileDescriptor make_unix_socket(const char* operation, std::string_view path) {
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) throw_unix(errno, operation, path);
  return fd;
}

}  // namespace

Poll<UnixStream> UnixConnect::poll(Context& context) {
  constexpr std::chrono::milliseconds kPause{2};
  if (pause_) {
    if (pause_->poll(context).is_pending()) return Pending;
    pause_.reset();
  }
  const UnixAddress address(path_);
  if (source_ == nullptr) {
    source_ = make_io_source(make_unix_socket("connect to", path_));
    wait_.set_source(*source_);
  }
  for (;;) {
    wait_.start();
    if (::connect(source_->fd(), address.native(), address.size) == 0 || errno == EISCONN) {
      wait_.end();
      return Poll<UnixStream>(std::in_place, std::move(source_));
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EAGAIN) {
      pause_.emplace(kPause);
      if (pause_->poll(context).is_pending()) return Pending;
      pause_.reset();
      continue;
    }
    if (error != EINPROGRESS && error != EALREADY) throw_unix(error, "connect to", path_);
    if (!wait_.wait(context)) {
      context.task().set_waits_for(detail::WaitsFor::kConnect);
      return Pending;
    }
  }
}

}  // namespace detail

std::pair<UnixStream, UnixStream> UnixStream::pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::system_category(),
                            "twofold: socketpair (is RLIMIT_NOFILE reached?)");
  }
  detail::FileDescriptor second(ends[1]);
  UnixStream first(detail::make_io_source(detail::FileDescriptor(ends[0])));
  return {std::move(first), UnixStream(detail::make_io_source(std::move(second)))};
}

UnixListener UnixListener::bind(std::string_view path) {
  constexpr int kBacklog = 4096;
  const detail::UnixAddress address(path);
  detail::FileDescriptor fd = detail::make_unix_socket("listen on", path);
  if (::bind(fd.get(), address.native(), address.size) != 0) {
    detail::throw_unix(errno, "listen on", path);
  }
  UnixListener listener(detail::make_io_source(std::move(fd)), std::string(path));
  if (::listen(listener.native_handle(), kBacklog) != 0) {
    detail::throw_unix(errno, "listen on", path);
  }
  return listener;
}

UnixListener& UnixListener::operator=(UnixListener&& other) noexcept {
  if (this != &other) {
    remove_file();
    source_ = std::move(other.source_);
    path_ = std::move(other.path_);
  }
  return *this;
}

void UnixListener::remove_file() noexcept {
  if (source_ != nullptr && !path_.starts_with('@')) ::unlink(path_.c_str());
}

}  // namespace twofold
