// AsyncFd: waits for any descriptor that the kernel can poll.
//
// For what twofold has no class of its own for: inotify, timerfd, netlink, a library that hands out
// a descriptor. Tokio's AsyncFd is the model.
#pragma once

#include "twofold/future.hpp"
#include "twofold/reactor/reactor.hpp"

namespace twofold {
namespace detail {

/// Takes over `fd` and makes it non-blocking. Throws std::system_error; it is closed then too.
[[nodiscard]] IoSourcePtr adopt_descriptor(int fd);

}  // namespace detail

/// Ready when the descriptor can be read from, or written to. Made by AsyncFd.
class [[nodiscard]] Readiness {
 public:
  using Output = Unit;

  Readiness(detail::IoSource& source, detail::Direction direction) noexcept
      : wait_(direction, &source), direction_(direction) {}

  Poll<Unit> poll(Context& context);

 private:
  detail::IoWait wait_;
  detail::Direction direction_;
};

/// Owns a descriptor. Move-only; destroying it closes it. One task may wait for reading and one for
/// writing. Readiness may be stale by the time that the task runs: the caller's own system call,
/// which is non-blocking, has the last word, and on EAGAIN the caller waits again.
class AsyncFd {
 public:
  /// Takes over `fd` and makes it non-blocking. Throws std::system_error; `fd` is closed then too.
  explicit AsyncFd(int fd) : source_(detail::adopt_descriptor(fd)) {}

  /// Ready when a read would not block: data, end of file, or an error. A regular file is ready at
  /// once, always. Cancelling it loses nothing.
  Readiness readable() noexcept { return {*source_, detail::Direction::kRead}; }
  /// Ready when a write would not block, or would fail.
  Readiness writable() noexcept { return {*source_, detail::Direction::kWrite}; }

  [[nodiscard]] int native_handle() const noexcept { return source_->fd(); }
  [[nodiscard]] int get() const noexcept { return source_->fd(); }

 private:
  detail::IoSourcePtr source_;
};

}  // namespace twofold
