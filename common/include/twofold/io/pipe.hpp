// Pipe: a stream of bytes inside the machine, between tasks, threads or processes.
//
//     auto [reader, writer] = twofold::Pipe::create();
#pragma once

#include <utility>

#include "twofold/io/stream.hpp"

namespace twofold {

/// The end of a pipe that is read from, or any readable descriptor. Move-only; closes it.
class PipeReader : public detail::ReadOperations<PipeReader> {
 public:
  /// Takes over `fd`, a pipe, FIFO, terminal or other descriptor that can be polled, and makes it
  /// non-blocking: for everyone who shares the open file, as the shell shares a terminal. A regular
  /// file is read at once, and holds up the worker while the disk is busy (see File). Throws
  /// std::system_error; `fd` is closed then too.
  explicit PipeReader(int fd);
  [[nodiscard]] int native_handle() const noexcept { return source_->fd(); }
  /// For the operations.
  [[nodiscard]] detail::StreamRef stream() const noexcept {
    return {source_.get(), detail::StreamKind::kPipe};
  }

 private:
  detail::IoSourcePtr source_;
};

/// The end of a pipe that is written to, or any writable descriptor. Move-only; closing it is the
/// reader's end of stream. Writing without a reader throws EPIPE, and raises no signal.
class PipeWriter : public detail::WriteOperations<PipeWriter> {
 public:
  /// As PipeReader.
  explicit PipeWriter(int fd);
  [[nodiscard]] int native_handle() const noexcept { return source_->fd(); }
  /// For the operations.
  [[nodiscard]] detail::StreamRef stream() const noexcept {
    return {source_.get(), detail::StreamKind::kPipe};
  }

 private:
  detail::IoSourcePtr source_;
};

/// Both ends of a new pipe, non-blocking and close-on-exec.
struct Pipe {
  PipeReader reader;
  PipeWriter writer;

  /// Throws std::system_error where descriptors ran out.
  [[nodiscard]] static Pipe create();
};

}  // namespace twofold
