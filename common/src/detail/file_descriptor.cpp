#include "twofold/detail/file_descriptor.hpp"

#include <unistd.h>

namespace twofold::detail {

void FileDescriptor::close() noexcept {
  // Linux releases the descriptor also where close() reports EINTR: never close twice.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace twofold::detail
