// TCP: listeners and streams.
//
// Sockets are non-blocking, close-on-exec, and never raise SIGPIPE; Nagle's algorithm is off.
// Errors throw std::system_error with the operation. A stream belongs to one task at a time, or,
// split, to one that reads and one that writes.
#pragma once

#include <memory>
#include <utility>

#include "twofold/io/socket_half.hpp"
#include "twofold/net/accept.hpp"
#include "twofold/net/address.hpp"

namespace twofold {

class TcpStream;

namespace detail {

/// Ready with the connected stream; throws std::system_error with the address. Cancelling it closes
/// the socket.
class [[nodiscard]] Connect {
 public:
  using Output = TcpStream;
  explicit Connect(const SocketAddress& address) noexcept : address_(address) {}
  Connect(Connect&& other) noexcept : address_(other.address_) {}
  Connect& operator=(Connect&&) = delete;
  Poll<TcpStream> poll(Context& context);

 private:
  SocketAddress address_;
  IoSourcePtr source_;
  IoWait wait_{Direction::kWrite};  // ends before the source
};

}  // namespace detail

using TcpReadHalf = SocketReadHalf<detail::StreamKind::kTcp>;
using TcpWriteHalf = SocketWriteHalf<detail::StreamKind::kTcp>;

/// A connection. Move-only; destroying it closes it.
class TcpStream : public detail::ReadOperations<TcpStream>,
                  public detail::WriteOperations<TcpStream> {
 public:
  explicit TcpStream(detail::IoSourcePtr source) noexcept : source_(std::move(source)) {}

  /// Connects to `address`; nothing happens before the first poll.
  [[nodiscard]] static detail::Connect connect(const SocketAddress& address) {
    return detail::Connect(address);
  }

  /// Says "end of stream" to the peer; reading goes on (half-close). A peer that is gone already is
  /// no error.
  void shutdown();
  /// Two halves for two tasks; the connection closes when both are gone. The stream itself may then
  /// only be destroyed or assigned to. Allocates.
  [[nodiscard]] std::pair<TcpReadHalf, TcpWriteHalf> split();

  [[nodiscard]] SocketAddress local_address() const;
  [[nodiscard]] SocketAddress peer_address() const;
  [[nodiscard]] int native_handle() const noexcept { return source_->fd(); }
  /// For the operations.
  [[nodiscard]] detail::StreamRef stream() const noexcept {
    return {source_.get(), detail::StreamKind::kTcp};
  }

 private:
  detail::IoSourcePtr source_;
};

/// A listening socket. Move-only; destroying it closes it. For one accept at a time.
class TcpListener {
 public:
  /// Binds and listens (SO_REUSEADDR). Port 0: the kernel chooses, see local_address(). Throws
  /// std::system_error with the address.
  [[nodiscard]] static TcpListener bind(const SocketAddress& address);

  /// The next connection. Survives what befalls single connections, and waits while descriptors are
  /// short.
  [[nodiscard]] detail::Accept<TcpStream> accept() { return detail::Accept<TcpStream>(*source_); }
  [[nodiscard]] SocketAddress local_address() const;
  [[nodiscard]] int native_handle() const noexcept { return source_->fd(); }

 private:
  explicit TcpListener(detail::IoSourcePtr source) noexcept : source_(std::move(source)) {}
  detail::IoSourcePtr source_;
};

}  // namespace twofold
