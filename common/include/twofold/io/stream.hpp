// Byte streams over a descriptor: the futures that TCP, Unix sockets and pipes share.
//
// Each operation tries its system call first and waits only on EAGAIN. A short read tells that a
// TCP socket is empty (epoll(7)), so that the next read waits without asking; an echo request
// therefore costs one recv, one send and its share of an epoll_wait.
//
// One task may read and one other may write at a time: a second reader (or writer) that has to wait
// fails with EBUSY. A stream may be moved while an operation is pending, and closed: the operation
// then fails with ECANCELED. Nothing is allocated but by read_to_end, for the caller's string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "twofold/future.hpp"
#include "twofold/io/buffer.hpp"
#include "twofold/reactor/reactor.hpp"

namespace twofold {

/// Thrown by read_exact where the stream ends before the buffer is full.
class UnexpectedEnd : public std::runtime_error {
 public:
  UnexpectedEnd(std::size_t received, std::size_t wanted);
  /// How many bytes came before the end: they are in the buffer.
  [[nodiscard]] std::size_t received() const noexcept { return received_; }

 private:
  std::size_t received_;
};

namespace detail {

/// What a stream is to the kernel.
enum class StreamKind : std::uint8_t {
  kTcp,   ///< recv and send; a short read has emptied it
  kUnix,  ///< recv and send; a short read may have stopped where descriptors were passed
  kPipe,  ///< read and write, with SIGPIPE kept off; what an adopted one is nobody knows
};

/// A stream, as its operations refer to it.
struct StreamRef {
  IoSource* source;
  StreamKind kind;
};

/// What one attempt moved, as an optional; nothing: the task will be woken. One word, which comes
/// back in a register where an optional is put together in memory.
class IoProgress {
 public:
  constexpr IoProgress(std::nullopt_t) noexcept {}  // NOLINT(google-explicit-constructor): as that
  constexpr IoProgress(std::size_t bytes) noexcept  // NOLINT(google-explicit-constructor)
      : bytes_(static_cast<std::ptrdiff_t>(bytes)) {}
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return bytes_ >= 0; }
  [[nodiscard]] constexpr std::size_t operator*() const noexcept {
    return static_cast<std::size_t>(bytes_);
  }

 private:
  std::ptrdiff_t bytes_ = -1;
};

/// What the futures of one direction have in common: the stream, and their wait for it.
template <Direction kDirection>
class StreamFuture {
 public:
  explicit StreamFuture(StreamRef stream) noexcept
      : wait_(kDirection, stream.source), kind_(stream.kind) {}
  StreamFuture(StreamFuture&&) noexcept = default;

 protected:
  ~StreamFuture() = default;

  IoWait wait_;
  StreamKind kind_;
};

/// Reads once. Throws std::system_error.
[[nodiscard]] IoProgress try_read(IoWait& wait, StreamKind kind, Context& context,
                                  std::span<std::byte> into);
/// Writes once. Throws std::system_error.
[[nodiscard]] IoProgress try_write(IoWait& wait, StreamKind kind, Context& context,
                                   std::span<const std::byte> from);

/// Reads once into several buffers, in their order. Throws std::system_error.
[[nodiscard]] IoProgress try_read_vectored(IoWait& wait, StreamKind kind, Context& context,
                                           std::span<const MutableBytes> into);
/// Writes once from several buffers, in their order. Throws std::system_error.
[[nodiscard]] IoProgress try_write_vectored(IoWait& wait, StreamKind kind, Context& context,
                                            std::span<const ConstBytes> from);

/// See ReadOperations::read.
class [[nodiscard]] ReadSome : StreamFuture<Direction::kRead> {
 public:
  using Output = std::size_t;
  ReadSome(StreamRef stream, std::span<std::byte> into) noexcept
      : StreamFuture(stream), into_(into) {}
  Poll<std::size_t> poll(Context& context) {
    const IoProgress n = advance(context);
    if (!n) return Pending;
    return Ready(*n);
  }

 private:
  [[nodiscard]] IoProgress advance(Context& context);
  [[nodiscard, gnu::noinline]] IoProgress finish(Context& context);

  std::span<std::byte> into_;
};

/// See ReadOperations::read_exact.
class [[nodiscard]] ReadExact : StreamFuture<Direction::kRead> {
 public:
  using Output = Unit;
  ReadExact(StreamRef stream, std::span<std::byte> into) noexcept
      : StreamFuture(stream), into_(into) {}
  Poll<Unit> poll(Context& context);

 private:
  std::span<std::byte> into_;
  std::size_t received_ = 0;
};

/// See ReadOperations::read_to_end.
class [[nodiscard]] ReadToEnd : StreamFuture<Direction::kRead> {
 public:
  using Output = std::size_t;
  ReadToEnd(StreamRef stream, std::string& into) noexcept : StreamFuture(stream), into_(&into) {}
  Poll<std::size_t> poll(Context& context);

 private:
  std::string* into_;
  std::size_t received_ = 0;
};

/// See ReadOperations::read_vectored.
class [[nodiscard]] ReadVectored : StreamFuture<Direction::kRead> {
 public:
  using Output = std::size_t;
  ReadVectored(StreamRef stream, std::span<const MutableBytes> into) noexcept
      : StreamFuture(stream), into_(into) {}
  Poll<std::size_t> poll(Context& context);

 private:
  std::span<const MutableBytes> into_;
};

/// See WriteOperations::write_vectored.
class [[nodiscard]] WriteVectored : StreamFuture<Direction::kWrite> {
 public:
  using Output = std::size_t;
  WriteVectored(StreamRef stream, std::span<const ConstBytes> from) noexcept
      : StreamFuture(stream), from_(from) {}
  Poll<std::size_t> poll(Context& context);

 private:
  std::span<const ConstBytes> from_;
};

/// See WriteOperations::write.
class [[nodiscard]] WriteSome : StreamFuture<Direction::kWrite> {
 public:
  using Output = std::size_t;
  WriteSome(StreamRef stream, std::span<const std::byte> from) noexcept
      : StreamFuture(stream), from_(from) {}
  Poll<std::size_t> poll(Context& context) {
    const IoProgress n = advance(context);
    if (!n) return Pending;
    return Ready(*n);
  }

 private:
  [[nodiscard]] IoProgress advance(Context& context);

  std::span<const std::byte> from_;
};

/// See WriteOperations::write_all.
class [[nodiscard]] WriteAll : StreamFuture<Direction::kWrite> {
 public:
  using Output = Unit;
  WriteAll(StreamRef stream, std::span<const std::byte> from) noexcept
      : StreamFuture(stream), from_(from) {}
  Poll<Unit> poll(Context& context) {
    if (!advance(context)) return Pending;
    return Ready();
  }

 private:
  /// True: all is written.
  [[nodiscard]] bool advance(Context& context);

  std::span<const std::byte> from_;
};

/// The reading operations of whatever has a `StreamRef stream()`.
template <class Derived>
class ReadOperations {
 public:
  /// Gives how many bytes were read: at least one, or 0 at the end of the stream, which comes only
  /// after all data (also 0, at once, for an empty buffer). Cancelling loses nothing. Throws
  /// std::system_error (ECONNRESET where the peer is gone).
  ReadSome read(MutableBytes into) noexcept { return {ref(), into.span()}; }

  /// As read, into several buffers in their order (at most 1,024 of them are looked at). The list
  /// of buffers must live as long as the future.
  ReadVectored read_vectored(std::span<const MutableBytes> into) noexcept { return {ref(), into}; }

  /// Fills the whole buffer. Throws UnexpectedEnd where the stream ends before. Cancelling loses
  /// the place: what was read is in the buffer, and nobody says how much.
  ReadExact read_exact(MutableBytes into) noexcept { return {ref(), into.span()}; }

  /// Appends all up to the end of the stream to `into`; gives how many bytes. Cancelled or after an
  /// error, what was read is in the string. Throws std::bad_alloc.
  ReadToEnd read_to_end(std::string& into) noexcept { return {ref(), into}; }

 private:
  [[nodiscard]] StreamRef ref() noexcept { return static_cast<Derived&>(*this).stream(); }
};

/// The writing operations of whatever has a `StreamRef stream()`.
template <class Derived>
class WriteOperations {
 public:
  /// Writes some of the bytes, at least one where there are any, and gives how many. Cancelling
  /// loses nothing. Throws std::system_error: a peer that is gone is EPIPE or ECONNRESET, never a
  /// signal.
  WriteSome write(ConstBytes from) noexcept { return {ref(), from.span()}; }

  /// As write, from several buffers in their order (at most 1,024 of them are looked at), in one
  /// system call. The list of buffers must live as long as the future.
  WriteVectored write_vectored(std::span<const ConstBytes> from) noexcept { return {ref(), from}; }

  /// Writes all of them. Cancelling leaves an unknown part written.
  WriteAll write_all(ConstBytes from) noexcept { return {ref(), from.span()}; }

 private:
  [[nodiscard]] StreamRef ref() noexcept { return static_cast<Derived&>(*this).stream(); }
};

}  // namespace detail
}  // namespace twofold
