// UDP: datagrams, each sent and received whole.
//
// Sockets are non-blocking and close-on-exec. Errors throw std::system_error with the operation.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "twofold/future.hpp"
#include "twofold/io/buffer.hpp"
#include "twofold/net/address.hpp"
#include "twofold/reactor/reactor.hpp"

namespace twofold {

/// A datagram that came: so many bytes of the buffer, and who sent it.
struct Datagram {
  std::size_t size = 0;
  SocketAddress from;
};

namespace detail {

/// What sending and receiving have in common: their wait for the socket.
template <Direction kDirection>
class UdpFuture {
 public:
  explicit UdpFuture(IoSource& source) noexcept : wait_(kDirection, &source) {}
  UdpFuture(UdpFuture&&) noexcept = default;

 protected:
  ~UdpFuture() = default;

  IoWait wait_;
};

class [[nodiscard]] ReceiveFrom : UdpFuture<Direction::kRead> {
 public:
  using Output = Datagram;
  ReceiveFrom(IoSource& source, std::span<std::byte> into) noexcept
      : UdpFuture(source), into_(into) {}
  Poll<Datagram> poll(Context& context);

 private:
  std::span<std::byte> into_;
};

class [[nodiscard]] Receive : UdpFuture<Direction::kRead> {
 public:
  using Output = std::size_t;
  Receive(IoSource& source, std::span<std::byte> into) noexcept : UdpFuture(source), into_(into) {}
  Poll<std::size_t> poll(Context& context);

 private:
  std::span<std::byte> into_;
};

class [[nodiscard]] SendTo : UdpFuture<Direction::kWrite> {
 public:
  using Output = std::size_t;
  SendTo(IoSource& source, std::span<const std::byte> from,
         const std::optional<SocketAddress>& to) noexcept
      : UdpFuture(source), from_(from), to_(to) {}
  Poll<std::size_t> poll(Context& context);

 private:
  std::span<const std::byte> from_;
  std::optional<SocketAddress> to_;
};

}  // namespace detail

/// A datagram socket. Move-only; destroying it closes it. One task may receive and one send at a
/// time. Cancelling an operation loses no datagram.
class UdpSocket {
 public:
  /// Port 0: the kernel chooses, see local_address(). Throws std::system_error with the address.
  [[nodiscard]] static UdpSocket bind(const SocketAddress& address);

  /// From now on send() goes to `peer`, and only datagrams from there are received. Does not wait.
  /// Throws std::system_error.
  void connect(const SocketAddress& peer);

  /// Sends one datagram to `to`, whole or not at all, and gives its size. Throws std::system_error
  /// (EMSGSIZE where it is too large).
  detail::SendTo send_to(ConstBytes from, const SocketAddress& to) noexcept {
    return {*source_, from.span(), to};
  }
  /// Sends one datagram to the peer of connect(). ECONNREFUSED may tell of an earlier one.
  detail::SendTo send(ConstBytes from) noexcept { return {*source_, from.span(), std::nullopt}; }

  /// Receives one datagram. What of it does not fit into the buffer is lost (65,535 bytes always
  /// fit).
  detail::ReceiveFrom recv_from(MutableBytes into) noexcept { return {*source_, into.span()}; }
  /// As recv_from, and gives the size alone.
  detail::Receive recv(MutableBytes into) noexcept { return {*source_, into.span()}; }

  [[nodiscard]] SocketAddress local_address() const;
  [[nodiscard]] SocketAddress peer_address() const;
  [[nodiscard]] int native_handle() const noexcept { return source_->fd(); }

 private:
  explicit UdpSocket(detail::IoSourcePtr source) noexcept : source_(std::move(source)) {}
  detail::IoSourcePtr source_;
};

}  // namespace twofold
