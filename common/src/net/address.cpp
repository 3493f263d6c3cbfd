// SocketAddress: text to address and back.
#include "twofold/net/address.hpp"

#include <arpa/inet.h>
#include <net/if.h>

#include <charconv>
#include <cstring>
#include <stdexcept>

namespace twofold {
namespace {

// The message is a C string: it ends before a zero byte in the text.
[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw std::invalid_argument("twofold: '" + std::string(text.substr(0, text.find('\0'))) +
                              "' is not a socket address: " + std::string(why) +
                              " (write 127.0.0.1:8080 or [::1]:8080)");
}

struct HostAndPort {
  std::string host;
  std::uint16_t port;
  bool bracketed;
};

std::uint16_t parse_port(std::string_view text, std::string_view digits) {
  if (digits.empty()) refuse(text, "there is no port after the ':'");
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error == std::errc::result_out_of_range) refuse(text, "the port is larger than 65535");
  if (error != std::errc() || end != digits.data() + digits.size()) {
    refuse(text, "the port is not a number");
  }
  return port;
}

HostAndPort split(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) refuse(text, "the ']' is missing");
    const std::string_view rest = text.substr(bracket + 1);
    if (!rest.starts_with(':')) refuse(text, "there is no ':' and port after the ']'");
    return {std::string(text.substr(1, bracket - 1)), parse_port(text, rest.substr(1)), true};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) refuse(text, "the port is missing");
  if (text.find(':', colon + 1) != std::string_view::npos) {
    refuse(text, "an IPv6 address stands in brackets");
  }
  return {std::string(text.substr(0, colon)), parse_port(text, text.substr(colon + 1)), false};
}

std::uint32_t parse_scope(std::string_view text, const std::string& scope) {
  if (const unsigned index = ::if_nametoindex(scope.c_str()); index != 0) return index;
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(scope.data(), scope.data() + scope.size(), index);
  if (error != std::errc() || end != scope.data() + scope.size()) {
    refuse(text, "there is no network interface '" + scope + "'");
  }
  return index;
}

sockaddr_in6 parse_v6(std::string_view text, const HostAndPort& parts) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(parts.port);
  const std::size_t percent = parts.host.find('%');
  const std::string host = parts.host.substr(0, percent);
  if (::inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) != 1) {
    refuse(text, "'" + host + "' is not an IPv6 address");
  }
  if (percent != std::string::npos) {
    address.sin6_scope_id = parse_scope(text, parts.host.substr(percent + 1));
  }
  return address;
}

sockaddr_in parse_v4(std::string_view text, const HostAndPort& parts) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(parts.port);
  if (::inet_pton(AF_INET, parts.host.c_str(), &address.sin_addr) != 1) {
    refuse(text, "'" + parts.host + "' is not an IPv4 address; names are not resolved here");
  }
  return address;
}

}  // namespace

SocketAddress::SocketAddress(std::string_view text) : SocketAddress() {
  if (text.find('\0') != std::string_view::npos) refuse(text, "there is a zero byte in it");
  const HostAndPort parts = split(text);
  if (parts.bracketed) {
    v6_ = parse_v6(text, parts);
  } else {
    v4_ = parse_v4(text, parts);
  }
}

SocketAddress SocketAddress::from_native(const sockaddr* address, socklen_t size) {
  SocketAddress result;
  if (size >= sizeof(sockaddr_in) && address->sa_family == AF_INET) {
    std::memcpy(&result.v4_, address, sizeof result.v4_);
  } else if (size >= sizeof(sockaddr_in6) && address->sa_family == AF_INET6) {
    std::memcpy(&result.v6_, address, sizeof result.v6_);
  } else {
    const int family = size >= sizeof(sa_family_t) ? address->sa_family : AF_UNSPEC;
    throw std::invalid_argument("twofold: a socket address is neither IPv4 nor IPv6 (family " +
                                std::to_string(family) + ")");
  }
  return result;
}

std::uint16_t SocketAddress::port() const noexcept {
  return ntohs(is_ipv6() ? v6_.sin6_port : v4_.sin_port);
}

SocketAddress SocketAddress::with_port(std::uint16_t port) const noexcept {
  SocketAddress copy = *this;
  (copy.is_ipv6() ? copy.v6_.sin6_port : copy.v4_.sin_port) = htons(port);
  return copy;
}

std::string SocketAddress::to_string() const {
  char host[INET6_ADDRSTRLEN] = {};
  if (!is_ipv6()) {
    ::inet_ntop(AF_INET, &v4_.sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(port());
  }
  ::inet_ntop(AF_INET6, &v6_.sin6_addr, host, sizeof host);
  std::string text = "[" + std::string(host);
  if (v6_.sin6_scope_id != 0) text += "%" + std::to_string(v6_.sin6_scope_id);
  return text + "]:" + std::to_string(port());
}

bool operator==(const SocketAddress& a, const SocketAddress& b) noexcept {
  if (a.is_ipv6() != b.is_ipv6() || a.port() != b.port()) return false;
  if (!a.is_ipv6()) return a.v4_.sin_addr.s_addr == b.v4_.sin_addr.s_addr;
  return a.v6_.sin6_scope_id == b.v6_.sin6_scope_id &&
         std::memcmp(&a.v6_.sin6_addr, &b.v6_.sin6_addr, sizeof a.v6_.sin6_addr) == 0;
}

}  // namespace twofold
