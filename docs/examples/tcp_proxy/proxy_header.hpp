// The PROXY protocol: how a proxy tells the server behind it who the client is.
//
// A header before the first byte of the connection, as HAProxy's "proxy-protocol.txt" defines it:
// version 1 is a line of text, version 2 is binary. parse() takes both, in any pieces; what is
// behind the header is the client's.
//
// Knows nothing of sockets: the fuzz target uses it as the proxy does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <twofold/net/address.hpp>

namespace proxy {

struct ProxyHeader {
  /// Nothing where the sender speaks for itself (a health check) or of an unknown network.
  std::optional<twofold::SocketAddress> source;
  std::optional<twofold::SocketAddress> destination;
};

/// No header is longer: 16 bytes and 65,535 in version 2, of which this takes the usual part.
inline constexpr std::size_t kLongestHeader = 536;

enum class HeaderEvent : std::uint8_t { kNeedMore, kHeader, kError };

struct ParsedHeader {
  HeaderEvent event = HeaderEvent::kNeedMore;
  std::size_t size = 0;  ///< of the header, after kHeader
  ProxyHeader header;
};

/// Looks for a header at the beginning of `bytes`. Never asks for more than kLongestHeader bytes.
[[nodiscard]] ParsedHeader parse_proxy_header(std::string_view bytes);

/// The header of version 2 that says so. Throws std::bad_alloc.
[[nodiscard]] std::string make_proxy_header(const twofold::SocketAddress& source,
                                            const twofold::SocketAddress& destination);

}  // namespace proxy
