#include "tcp_proxy/proxy_header.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace proxy {
namespace {

constexpr std::string_view kSignature2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view kSignature1 = "PROXY ";
constexpr std::size_t kLongestLine = 107;  // of version 1, with the end of the line
constexpr std::size_t kFixedPart = 16;     // of version 2
constexpr std::size_t kAddresses4 = 12;    // two addresses and two ports
constexpr std::size_t kAddresses6 = 36;

ParsedHeader need_more() { return {}; }
ParsedHeader error() { return {.event = HeaderEvent::kError, .size = 0, .header = {}}; }

std::uint16_t big_endian_16(std::string_view bytes) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8U |
                                    static_cast<unsigned char>(bytes[1]));
}

twofold::SocketAddress address4(std::string_view ip, std::string_view port) {
  sockaddr_in native{};
  native.sin_family = AF_INET;
  std::memcpy(&native.sin_addr, ip.data(), sizeof native.sin_addr);
  native.sin_port = htons(big_endian_16(port));
  return twofold::SocketAddress::from_native(reinterpret_cast<const sockaddr*>(&native),
                                             sizeof native);
}

twofold::SocketAddress address6(std::string_view ip, std::string_view port) {
  sockaddr_in6 native{};
  native.sin6_family = AF_INET6;
  std::memcpy(&native.sin6_addr, ip.data(), sizeof native.sin6_addr);
  native.sin6_port = htons(big_endian_16(port));
  return twofold::SocketAddress::from_native(reinterpret_cast<const sockaddr*>(&native),
                                             sizeof native);
}

// "192.0.2.1" and "443", for the family that the line names.
std::optional<twofold::SocketAddress> address_of_text(bool is_v6, std::string_view ip,
                                                      std::string_view port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (ip.size() >= text.size() || port.empty() || (port.size() > 1 && port[0] == '0')) return {};
  std::copy(ip.begin(), ip.end(), text.begin());
  std::uint16_t number = 0;
  const auto [end, bad] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (bad != std::errc{} || end != port.data() + port.size()) return {};
  const std::array<char, 2> port_bytes{static_cast<char>(number >> 8U),
                                       static_cast<char>(number & 0xffU)};
  std::array<char, 16> bytes{};
  if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, text.data(), bytes.data()) != 1) return {};
  const std::string_view raw(bytes.data(), bytes.size());
  const std::string_view raw_port(port_bytes.data(), port_bytes.size());
  return is_v6 ? address6(raw, raw_port) : address4(raw, raw_port);
}

ParsedHeader parse_version_1(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, kLongestLine).find('\n');
  if (end == std::string_view::npos) return bytes.size() < kLongestLine ? need_more() : error();
  if (bytes[end - 1] != '\r') return error();
  std::string_view line = bytes.substr(kSignature1.size(), end - 1 - kSignature1.size());
  ParsedHeader parsed{.event = HeaderEvent::kHeader, .size = end + 1, .header = {}};
  if (line.starts_with("UNKNOWN")) return parsed;
  const bool is_v6 = line.starts_with("TCP6 ");
  if (!is_v6 && !line.starts_with("TCP4 ")) return error();
  line.remove_prefix(5);
  std::array<std::string_view, 4> words;  // the addresses, then the ports
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t blank = line.find(' ');
    if ((blank == std::string_view::npos) != (i + 1 == words.size())) return error();
    words[i] = line.substr(0, blank);
    line.remove_prefix(std::min(line.size(), words[i].size() + 1));
  }
  parsed.header.source = address_of_text(is_v6, words[0], words[2]);
  parsed.header.destination = address_of_text(is_v6, words[1], words[3]);
  if (!parsed.header.source || !parsed.header.destination) return error();
  return parsed;
}

ParsedHeader parse_version_2(std::string_view bytes) {
  if (bytes.size() < kFixedPart) return need_more();
  const auto version_and_command = static_cast<unsigned char>(bytes[12]);
  const auto family = static_cast<unsigned char>(bytes[13]);
  const std::size_t length = big_endian_16(bytes.substr(14, 2));
  if (version_and_command >> 4U != 2 || (version_and_command & 0xfU) > 1) return error();
  if (kFixedPart + length > kLongestHeader) return error();
  if (bytes.size() < kFixedPart + length) return need_more();
  ParsedHeader parsed{.event = HeaderEvent::kHeader, .size = kFixedPart + length, .header = {}};
  const bool is_local = (version_and_command & 0xfU) == 0;
  const std::string_view addresses = bytes.substr(kFixedPart, length);
  if (is_local) return parsed;
  if (family == 0x11) {  // TCP over IPv4
    if (length < kAddresses4) return error();
    parsed.header.source = address4(addresses, addresses.substr(8));
    parsed.header.destination = address4(addresses.substr(4), addresses.substr(10));
  } else if (family == 0x21) {  // TCP over IPv6
    if (length < kAddresses6) return error();
    parsed.header.source = address6(addresses, addresses.substr(32));
    parsed.header.destination = address6(addresses.substr(16), addresses.substr(34));
  }
  return parsed;
}

bool is_beginning_of(std::string_view bytes, std::string_view signature) {
  const std::size_t common = std::min(bytes.size(), signature.size());
  return bytes.substr(0, common) == signature.substr(0, common);
}

void append_bytes(std::string& header, const void* bytes, std::size_t size) {
  header.append(static_cast<const char*>(bytes), size);
}

}  // namespace

ParsedHeader parse_proxy_header(std::string_view bytes) {
  if (is_beginning_of(bytes, kSignature2)) {
    return bytes.size() < kSignature2.size() ? need_more() : parse_version_2(bytes);
  }
  if (is_beginning_of(bytes, kSignature1)) {
    return bytes.size() < kSignature1.size() ? need_more() : parse_version_1(bytes);
  }
  return error();
}

std::string make_proxy_header(const twofold::SocketAddress& source,
                              const twofold::SocketAddress& destination) {
  std::string header(kSignature2);
  header += '\x21';  // version 2, for another
  if (source.family() == AF_INET && destination.family() == AF_INET) {
    header += '\x11';
    header += '\0';
    header += static_cast<char>(kAddresses4);
    const auto* from = reinterpret_cast<const sockaddr_in*>(source.native());
    const auto* to = reinterpret_cast<const sockaddr_in*>(destination.native());
    append_bytes(header, &from->sin_addr, sizeof from->sin_addr);
    append_bytes(header, &to->sin_addr, sizeof to->sin_addr);
    append_bytes(header, &from->sin_port, sizeof from->sin_port);
    append_bytes(header, &to->sin_port, sizeof to->sin_port);
  } else if (source.family() == AF_INET6 && destination.family() == AF_INET6) {
    header += '\x21';
    header += '\0';
    header += static_cast<char>(kAddresses6);
    const auto* from = reinterpret_cast<const sockaddr_in6*>(source.native());
    const auto* to = reinterpret_cast<const sockaddr_in6*>(destination.native());
    append_bytes(header, &from->sin6_addr, sizeof from->sin6_addr);
    append_bytes(header, &to->sin6_addr, sizeof to->sin6_addr);
    append_bytes(header, &from->sin6_port, sizeof from->sin6_port);
    append_bytes(header, &to->sin6_port, sizeof to->sin6_port);
  } else {
    header += std::string_view("\0\0\0", 3);  // unspecified, and no addresses
  }
  return header;
}

}  // namespace proxy
