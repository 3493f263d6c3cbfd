// Files: read and written on the blocking pool, since the kernel has no readiness for them.
//
// Operations own their data: a thread of the pool may still be at work when the task that asked has
// been cancelled, and must not write into memory that is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "twofold/blocking/blocking_call.hpp"
#include "twofold/detail/file_descriptor.hpp"

namespace twofold {

enum class OpenMode : std::uint8_t {
  kRead,    ///< of a file that is there
  kWrite,   ///< made where it is missing, emptied where it is there
  kAppend,  ///< made where it is missing, written at its end
};

class File;

namespace detail {

struct FileOpen {
  std::string path;
  OpenMode mode;
  File operator()() const;
};
struct FileRead {
  std::shared_ptr<FileDescriptor> fd;
  std::size_t most;
  std::string operator()() const;
};
struct FileWrite {
  std::shared_ptr<FileDescriptor> fd;
  std::string data;
  void operator()() const;
};
struct FileReadWhole {
  std::string path;
  std::string operator()() const;
};
struct FileWriteWhole {
  std::string path;
  std::string data;
  void operator()() const;
};

}  // namespace detail

/// An open file with its place. Move-only; closed when it and its operations are gone. One
/// operation at a time: several would run at once, and in no order. Each costs a hop to a thread
/// and back, so that large pieces are better than small ones. Errors: std::system_error with the
/// operation.
class File {
 public:
  explicit File(detail::FileDescriptor fd)
      : fd_(std::make_shared<detail::FileDescriptor>(std::move(fd))) {}

  [[nodiscard]] static auto open(std::string path, OpenMode mode = OpenMode::kRead) {
    return BlockingFuture(detail::FileOpen{std::move(path), mode});
  }
  /// Up to `most` bytes from where the last operation ended; empty at the end of the file.
  [[nodiscard]] auto read(std::size_t most) { return BlockingFuture(detail::FileRead{fd_, most}); }
  /// Writes all of `data`.
  [[nodiscard]] auto write_all(std::string data) {
    return BlockingFuture(detail::FileWrite{fd_, std::move(data)});
  }
  [[nodiscard]] int native_handle() const noexcept { return fd_->get(); }

 private:
  std::shared_ptr<detail::FileDescriptor> fd_;
};

/// The whole of a file. Throws std::system_error with the path.
[[nodiscard]] inline auto read_file(std::string path) {
  return BlockingFuture(detail::FileReadWhole{std::move(path)});
}

/// Makes or replaces a file with this content. Not atomic. Throws std::system_error with the path.
[[nodiscard]] inline auto write_file(std::string path, std::string data) {
  return BlockingFuture(detail::FileWriteWhole{std::move(path), std::move(data)});
}

}  // namespace twofold
