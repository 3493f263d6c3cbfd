// Unix sockets: streams between processes of one machine.
//
// As TCP, with a path for an address. A path that starts with '@' names a socket in Linux's
// abstract name space, which has no file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "twofold/io/socket_half.hpp"
#include "twofold/net/accept.hpp"

namespace twofold {

class UnixStream;

namespace detail {

/// Ready with the connected stream; throws std::system_error with the path. Cancelling it closes
/// the socket.
class [[nodiscard]] UnixConnect {
 public:
  using Output = UnixStream;
  explicit UnixConnect(std::string path) noexcept : path_(std::move(path)) {}
  UnixConnect(UnixConnect&& other) noexcept : path_(std::move(other.path_)) {}
  UnixConnect& operator=(UnixConnect&&) = delete;
  Poll<UnixStream> poll(Context& context);

 private:
  std::string path_;
  IoSourcePtr source_;
  IoWait wait_{Direction::kWrite};  // ends before the source
  std::optional<Sleep> pause_;
};

}  // namespace detail

using UnixReadHalf = SocketReadHalf<detail::StreamKind::kUnix>;
using UnixWriteHalf = SocketWriteHalf<detail::StreamKind::kUnix>;

/// A connection. Move-only; destroying it closes it.
class UnixStream : public detail::ReadOperations<UnixStream>,
                   public detail::WriteOperations<UnixStream> {
 public:
  explicit UnixStream(detail::IoSourcePtr source) noexcept : source_(std::move(source)) {}

  /// Connects to the listener at `path`; nothing happens before the first poll. Where its queue is
  /// full it tries again after a pause, since the kernel tells of no room.
  [[nodiscard]] static detail::UnixConnect connect(std::string_view path) {
    return detail::UnixConnect(std::string(path));
  }
  /// Two streams that are connected with each other (socketpair). Throws std::system_error.
  [[nodiscard]] static std::pair<UnixStream, UnixStream> pair();

  /// Says "end of stream" to the peer; reading goes on (half-close). A peer that is gone already is
  /// no error.
  void shutdown() { detail::shut_down_writing(*source_); }
  /// Two halves for two tasks; the connection closes when both are gone. The stream itself may then
  /// only be destroyed or assigned to. Allocates.
  [[nodiscard]] std::pair<UnixReadHalf, UnixWriteHalf> split() {
    const std::shared_ptr<detail::IoSource> shared(std::move(source_));
    return {UnixReadHalf(shared), UnixWriteHalf(shared)};
  }

  [[nodiscard]] int native_handle() const noexcept { return source_->fd(); }
  /// For the operations.
  [[nodiscard]] detail::StreamRef stream() const noexcept {
    return {source_.get(), detail::StreamKind::kUnix};
  }

 private:
  detail::IoSourcePtr source_;
};

/// A listening socket. Move-only; destroying it closes it and removes its file. For one accept at a
/// time.
class UnixListener {
 public:
  /// Binds and listens. Throws std::system_error with the path: EADDRINUSE where a file is there
  /// already, which is not removed, since another server may be behind it.
  [[nodiscard]] static UnixListener bind(std::string_view path);
  UnixListener(UnixListener&&) noexcept = default;
  UnixListener& operator=(UnixListener&& other) noexcept;
  ~UnixListener() { remove_file(); }

  /// The next connection. Survives what befalls single connections, and waits while descriptors are
  /// short.
  [[nodiscard]] detail::Accept<UnixStream> accept() { return detail::Accept<UnixStream>(*source_); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] int native_handle() const noexcept { return source_->fd(); }

 private:
  UnixListener(detail::IoSourcePtr source, std::string path) noexcept
      : source_(std::move(source)), path_(std::move(path)) {}
  void remove_file() noexcept;

  detail::IoSourcePtr source_;  // null when moved from
  std::string path_;
};

}  // namespace twofold
