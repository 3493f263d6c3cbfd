#include "twofold/fs/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace twofold::detail {
namespace {

[[noreturn]] void throw_file(const std::string& operation) {
  throw std::system_error(errno, std::system_category(), "twofold: " + operation);
}

FileDescriptor open_file(const std::string& path, OpenMode mode) {
  int flags = O_CLOEXEC | O_RDONLY;
  if (mode == OpenMode::kWrite) flags = O_CLOEXEC | O_WRONLY | O_CREAT | O_TRUNC;
  if (mode == OpenMode::kAppend) flags = O_CLOEXEC | O_WRONLY | O_CREAT | O_APPEND;
  FileDescriptor fd;
  do {
    fd = FileDescriptor(::open(path.c_str(), flags, 0666));
  } while (!fd && errno == EINTR);
  if (!fd) throw_file("open " + path);
  return fd;
}

std::string read_some(int fd, std::size_t most, const std::string& what) {
  std::string data(most, '\0');
  ssize_t n = 0;
  do {
    n = ::read(fd, data.data(), data.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0) throw_file(what);
  data.resize(static_cast<std::size_t>(n));
  return data;
}

void write_whole(int fd, const std::string& data, const std::string& what) {
  for (std::size_t done = 0; done < data.size();) {
    const ssize_t n = ::write(fd, data.data() + done, data.size() - done);
    if (n < 0 && errno != EINTR) throw_file(what);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

}  // namespace

File FileOpen::operator()() const { return File(open_file(path, mode)); }

std::string FileRead::operator()() const { return read_some(fd->get(), most, "read from a file"); }

void FileWrite::operator()() const { write_whole(fd->get(), data, "write to a file"); }

std::string FileReadWhole::operator()() const {
  constexpr std::size_t kPiece = std::size_t{256} << 10U;
  const FileDescriptor fd = open_file(path, OpenMode::kRead);
  std::string whole;
  for (;;) {
    const std::string piece = read_some(fd.get(), kPiece, "read " + path);
    if (piece.empty()) return whole;
    whole += piece;
  }
}

void FileWriteWhole::operator()() const {
  const FileDescriptor fd = open_file(path, OpenMode::kWrite);
  write_whole(fd.get(), data, "write " + path);
}

}  // namespace twofold::detail
