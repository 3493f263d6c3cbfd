#include "twofold/io/socket_half.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace twofold::detail {

void shut_down_writing(IoSource& socket) {
  if (VirtualSocket* const in_memory = socket.virtual_socket()) {
    return in_memory->shut_down_writing();
  }
  if (::shutdown(socket.fd(), SHUT_WR) != 0 && errno != ENOTCONN) {
    throw std::system_error(errno, std::system_category(), "twofold: shutdown");
  }
}

}  // namespace twofold::detail
