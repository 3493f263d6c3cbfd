// The addresses of a socket's two ends.
//
// Used by TCP and UDP.
#pragma once

#include "twofold/net/address.hpp"
#include "twofold/reactor/reactor.hpp"

namespace twofold::detail {

/// Throw std::system_error (ENOTCONN for the peer of a socket that has none).
[[nodiscard]] SocketAddress local_address_of(const IoSource& socket);
[[nodiscard]] SocketAddress peer_address_of(const IoSource& socket);

}  // namespace twofold::detail
