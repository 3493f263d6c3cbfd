// The two sides of a stream socket that was split, for two tasks.
//
// Used by TcpStream::split and UnixStream::split.
#pragma once

#include <memory>
#include <utility>

#include "twofold/io/stream.hpp"

namespace twofold {
namespace detail {

/// Says "end of stream" to the peer. A peer that is gone already is no error. Throws
/// std::system_error.
void shut_down_writing(IoSource& socket);

}  // namespace detail

/// The reading side of a stream that was split.
template <detail::StreamKind kKind>
class SocketReadHalf : public detail::ReadOperations<SocketReadHalf<kKind>> {
 public:
  explicit SocketReadHalf(std::shared_ptr<detail::IoSource> source) noexcept
      : source_(std::move(source)) {}
  /// For the operations.
  [[nodiscard]] detail::StreamRef stream() const noexcept { return {source_.get(), kKind}; }

 private:
  std::shared_ptr<detail::IoSource> source_;
};

/// The writing side of a stream that was split.
template <detail::StreamKind kKind>
class SocketWriteHalf : public detail::WriteOperations<SocketWriteHalf<kKind>> {
 public:
  explicit SocketWriteHalf(std::shared_ptr<detail::IoSource> source) noexcept
      : source_(std::move(source)) {}
  /// For the operations.
  [[nodiscard]] detail::StreamRef stream() const noexcept { return {source_.get(), kKind}; }
  /// Says "end of stream" to the peer; reading goes on.
  void shutdown() { detail::shut_down_writing(*source_); }

 private:
  std::shared_ptr<detail::IoSource> source_;
};

}  // namespace twofold
