#include "twofold/net/socket_name.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace twofold::detail {
namespace {

template <class Get>
SocketAddress address_of(int fd, Get get) {
  sockaddr_storage storage{};
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  socklen_t size = sizeof storage;
  if (get(fd, address, &size) != 0) {
    throw std::system_error(errno, std::system_category(), "twofold: address of a socket");
  }
  return SocketAddress::from_native(address, size);
}

}  // namespace

SocketAddress local_address_of(const IoSource& socket) {
  const VirtualSocket* const in_memory = socket.virtual_socket();
  return in_memory != nullptr ? in_memory->local_address() : address_of(socket.fd(), ::getsockname);
}

SocketAddress peer_address_of(const IoSource& socket) {
  const VirtualSocket* const in_memory = socket.virtual_socket();
  return in_memory != nullptr ? in_memory->peer_address() : address_of(socket.fd(), ::getpeername);
}

}  // namespace twofold::detail
