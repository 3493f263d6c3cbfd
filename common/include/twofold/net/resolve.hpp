// resolve: from a host's name to its addresses.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "twofold/blocking/blocking_call.hpp"
#include "twofold/net/address.hpp"

namespace twofold {
namespace detail {

/// What runs on the blocking pool: getaddrinfo(3).
struct LookUp {
  std::string host;
  std::string service;
  std::vector<SocketAddress> operator()() const;
};

}  // namespace detail

/// Thrown where a name has no address, with what the resolver says of it.
class ResolveError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The addresses of `host` (a name, or an address in numbers) with `port`, in the order in which
/// the system would try them; at least one. By getaddrinfo(3) on the blocking pool, so that files,
/// DNS and what else the machine is configured to ask are asked. The await throws ResolveError, and
/// what spawn_blocking throws. Cancelling it drops the answer.
[[nodiscard]] inline auto resolve(std::string_view host, std::uint16_t port) {
  return BlockingFuture(detail::LookUp{std::string(host), std::to_string(port)});
}

}  // namespace twofold
