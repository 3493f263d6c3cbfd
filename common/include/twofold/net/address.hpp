// SocketAddress: an IP address and a port.
//
// Used by whatever binds or connects. Numbers only: names are for a resolver, which may block.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace twofold {

/// An IPv4 or IPv6 address with a port. A plain value: copyable, comparable, no allocation.
class SocketAddress {
 public:
  /// Reads "127.0.0.1:8080", "[::1]:0" or "[fe80::1%eth0]:80". Throws std::invalid_argument, which
  /// says what is wrong with the text.
  SocketAddress(std::string_view text);  // NOLINT(google-explicit-constructor): bind("[::1]:0")
  SocketAddress(const char* text)        // NOLINT(google-explicit-constructor)
      : SocketAddress(std::string_view(text)) {}
  SocketAddress(const std::string& text)  // NOLINT(google-explicit-constructor)
      : SocketAddress(std::string_view(text)) {}

  [[nodiscard]] static SocketAddress parse(std::string_view text) { return SocketAddress(text); }
  /// From the kernel's form. Throws std::invalid_argument for a family that is neither IPv4 nor
  /// IPv6.
  [[nodiscard]] static SocketAddress from_native(const sockaddr* address, socklen_t size);

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] bool is_ipv6() const noexcept { return family() == AF_INET6; }
  /// AF_INET or AF_INET6.
  [[nodiscard]] int family() const noexcept { return any_.sa_family; }
  /// The same address with another port.
  [[nodiscard]] SocketAddress with_port(std::uint16_t port) const noexcept;

  /// The text that parse() reads.
  [[nodiscard]] std::string to_string() const;

  /// The kernel's form.
  [[nodiscard]] const sockaddr* native() const noexcept { return &any_; }
  [[nodiscard]] socklen_t native_size() const noexcept {
    return is_ipv6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  }

  friend bool operator==(const SocketAddress& a, const SocketAddress& b) noexcept;

 private:
  SocketAddress() noexcept : v6_{} {}

  union {
    sockaddr any_;
    sockaddr_in v4_;
    sockaddr_in6 v6_;
  };
};

}  // namespace twofold
