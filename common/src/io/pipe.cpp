#include "twofold/io/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "twofold/io/async_fd.hpp"

namespace twofold {
namespace detail {

IoSourcePtr adopt_descriptor(int fd) {
  FileDescriptor owned(fd);
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::system_category(),
                            "twofold: making descriptor " + std::to_string(fd) + " non-blocking");
  }
  return make_io_source(std::move(owned));
}

}  // namespace detail

PipeReader::PipeReader(int fd) : source_(detail::adopt_descriptor(fd)) {}
PipeWriter::PipeWriter(int fd) : source_(detail::adopt_descriptor(fd)) {}

Pipe Pipe::create() {
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::system_category(),
                            "twofold: pipe (is RLIMIT_NOFILE reached?)");
  }
  detail::FileDescriptor writing(ends[1]);
  PipeReader reader(ends[0]);
  return {std::move(reader), PipeWriter(writing.release())};
}

}  // namespace twofold
