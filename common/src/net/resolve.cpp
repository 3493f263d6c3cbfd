#include "twofold/net/resolve.hpp"

#include <netdb.h>

#include <cerrno>
#include <memory>
#include <system_error>

namespace twofold {
namespace detail {

std::vector<SocketAddress> LookUp::operator()() const {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;  // one entry for each address, not one for each protocol
  addrinfo* found = nullptr;
  // An address in numbers is itself whatever this machine has: AI_ADDRCONFIG would refuse ::1 where
  // only the loopback has IPv6.
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  int failure = ::getaddrinfo(host.c_str(), service.c_str(), &wanted, &found);
  if (failure == EAI_NONAME) {
    wanted.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    failure = ::getaddrinfo(host.c_str(), service.c_str(), &wanted, &found);
  }
  if (failure != 0) {
    const std::string reason =
        failure == EAI_SYSTEM ? std::system_category().message(errno) : ::gai_strerror(failure);
    throw ResolveError("twofold: resolve '" + host + "': " + reason);
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, ::freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    addresses.push_back(SocketAddress::from_native(entry->ai_addr, entry->ai_addrlen));
  }
  return addresses;
}

}  // namespace detail

}  // namespace twofold
