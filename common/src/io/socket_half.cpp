#include "twofold/io/socket_half.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace twofold::detail {

void shut_down_writing(int fd) {
  if (::shutdown(fd, SHUT_WR) != 0 && errno != ENOTCONN) {
    throw std::system_error(errno, std::system_category(), "twofold: shutdown");
  }
}

}  // namespace twofold::detail
