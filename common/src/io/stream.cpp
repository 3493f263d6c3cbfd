// The stream futures: one attempt, and what is done until it is ready.
#include "twofold/io/stream.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>
#include <system_error>

#include "twofold/executor/executor.hpp"

namespace twofold {

UnexpectedEnd::UnexpectedEnd(std::size_t received, std::size_t wanted)
    : std::runtime_error("twofold: read_exact: the stream ended after " + std::to_string(received) +
                         " of " + std::to_string(wanted) + " bytes"),
      received_(received) {}

namespace detail {
namespace {

[[noreturn]] void throw_io(int error, const char* operation, IoWait& wait) {
  const int fd = wait.source().fd();
  wait.end();
  throw std::system_error(
      error, std::system_category(),
      std::string("twofold: ") + operation + " descriptor " + std::to_string(fd));
}

ssize_t read_once(IoSource& source, StreamKind kind, std::span<std::byte> into) {
  const int fd = source.fd();
  if (VirtualSocket* const socket = source.virtual_socket()) [[unlikely]]
    return socket->read(into);
  if (kind != StreamKind::kPipe) [[likely]]
    return ::recv(fd, into.data(), into.size(), 0);
  return ::read(fd, into.data(), into.size());
}

// write() to a pipe without a reader raises SIGPIPE, and there is no flag against it: the signal is
// blocked for this thread meanwhile and, when it came from here, taken back.
template <class Write>
ssize_t without_sigpipe(Write write) noexcept {
  sigset_t pipe_signal;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t n = write();
  const int error = errno;
  if (n < 0 && error == EPIPE && !was_pending) {
    const timespec at_once{};
    while (sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return n;
}

ssize_t write_once(IoSource& source, StreamKind kind, std::span<const std::byte> from) {
  const int fd = source.fd();
  if (VirtualSocket* const socket = source.virtual_socket()) [[unlikely]]
    return socket->write(from);
  if (kind != StreamKind::kPipe) [[likely]]
    return ::send(fd, from.data(), from.size(), MSG_NOSIGNAL);
  return without_sigpipe([&] { return ::write(fd, from.data(), from.size()); });
}

// The kernel's form of a list of buffers, as far as one call takes it.
class Vectors {
 public:
  template <class Buffer>
  explicit Vectors(std::span<const Buffer> buffers) noexcept
      : count_(std::min(buffers.size(), kMost)) {
    for (std::size_t i = 0; i < count_; ++i) {
      const auto bytes = buffers[i].span();
      // writev() only reads through it.
      vectors_[i] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
      bytes_ += bytes.size();
    }
  }
  [[nodiscard]] iovec* data() noexcept { return vectors_; }
  [[nodiscard]] int count() const noexcept { return static_cast<int>(count_); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  static constexpr std::size_t kMost = 1024;  // IOV_MAX
  std::size_t count_;
  std::size_t bytes_ = 0;
  iovec vectors_[kMost];
};

// The first buffer that is not empty: a network in memory moves no more in one call.
template <class Buffer>
auto first_bytes(std::span<const Buffer> buffers) noexcept {
  for (const Buffer& buffer : buffers) {
    if (!buffer.span().empty()) return buffer.span();
  }
  return decltype(buffers.front().span())();
}

ssize_t write_vectors(int fd, StreamKind kind, Vectors& vectors) noexcept {
  if (kind == StreamKind::kPipe) {
    return without_sigpipe([&] { return ::writev(fd, vectors.data(), vectors.count()); });
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = static_cast<std::size_t>(vectors.count());
  return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

[[nodiscard]] bool cooperate(IoWait& wait, Context& context) noexcept {
  if (detail::cooperate(context.task())) [[likely]]
    return true;
  wait.hold();
  return false;
}

}  // namespace

// One attempt to read up to `wanted` bytes by `read`, waiting for data where there are none.
template <class Read>
IoProgress read_by(IoWait& wait, StreamKind kind, Context& context, std::size_t wanted, Read read) {
  IoSource& source = wait.source();
  bool sure_to_fail = source.known_empty();
  for (;;) {
    if (!sure_to_fail) {
      if (!cooperate(wait, context)) return std::nullopt;
      wait.start();
      const ssize_t n = read(source);
      if (n >= 0) {
        // The end of the stream is no emptiness: it can be read again and again.
        const bool is_short = n > 0 && static_cast<std::size_t>(n) < wanted;
        source.set_drained(is_short && kind == StreamKind::kTcp);
        return static_cast<std::size_t>(n);
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) throw_io(errno, "read from", wait);
    }
    if (!wait.wait(context)) {
      context.task().set_waits_for(detail::WaitsFor::kData);
      return std::nullopt;
    }
    sure_to_fail = false;
  }
}

// One attempt to write by `write`, waiting for room where there is none.
template <class Write>
IoProgress write_by(IoWait& wait, Context& context, Write write) {
  for (;;) {
    if (!cooperate(wait, context)) return std::nullopt;
    wait.start();
    const ssize_t n = write(wait.source());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) throw_io(errno, "write to", wait);
    if (!wait.wait(context)) {
      context.task().set_waits_for(detail::WaitsFor::kRoomToWrite);
      return std::nullopt;
    }
  }
}

IoProgress try_read(IoWait& wait, StreamKind kind, Context& context, std::span<std::byte> into) {
  return read_by(wait, kind, context, into.size(),
                 [&](IoSource& source) { return read_once(source, kind, into); });
}

IoProgress try_write(IoWait& wait, StreamKind kind, Context& context,
                     std::span<const std::byte> from) {
  return write_by(wait, context, [&](IoSource& source) { return write_once(source, kind, from); });
}

IoProgress try_read_vectored(IoWait& wait, StreamKind kind, Context& context,
                             std::span<const MutableBytes> into) {
  if (wait.source().virtual_socket() != nullptr) [[unlikely]]
    return try_read(wait, kind, context, first_bytes(into));
  Vectors vectors(into);
  if (vectors.bytes() == 0) return std::size_t{0};
  return read_by(wait, kind, context, vectors.bytes(), [&](IoSource& source) {
    return ::readv(source.fd(), vectors.data(), vectors.count());
  });
}

IoProgress try_write_vectored(IoWait& wait, StreamKind kind, Context& context,
                              std::span<const ConstBytes> from) {
  if (wait.source().virtual_socket() != nullptr) [[unlikely]]
    return try_write(wait, kind, context, first_bytes(from));
  Vectors vectors(from);
  if (vectors.bytes() == 0) return std::size_t{0};
  return write_by(wait, context,
                  [&](IoSource& source) { return write_vectors(source.fd(), kind, vectors); });
}

Poll<std::size_t> ReadVectored::poll(Context& context) {
  const IoProgress n = try_read_vectored(wait_, kind_, context, into_);
  if (!n) return Pending;
  wait_.end();
  return Ready(*n);
}

Poll<std::size_t> WriteVectored::poll(Context& context) {
  const IoProgress n = try_write_vectored(wait_, kind_, context, from_);
  if (!n) return Pending;
  wait_.end();
  return Ready(*n);
}

Poll<std::size_t> ReadSome::poll(Context& context) {
  if (into_.empty()) return Ready(std::size_t{0});
  const IoProgress n = try_read(wait_, kind_, context, into_);
  if (!n) return Pending;
  wait_.end();
  return Ready(*n);
}

Poll<Unit> ReadExact::poll(Context& context) {
  while (received_ < into_.size()) {
    const IoProgress n = try_read(wait_, kind_, context, into_.subspan(received_));
    if (!n) return Pending;
    if (*n == 0) {
      wait_.end();
      throw UnexpectedEnd(received_, into_.size());
    }
    received_ += *n;
  }
  wait_.end();
  return Ready();
}

Poll<std::size_t> ReadToEnd::poll(Context& context) {
  // By way of one buffer of the thread: nothing is zeroed first, and a fiber's stack stays small.
  // Not itself thread-local: a library that is loaded later finds room for some 1.6 KiB of those.
  constexpr std::size_t kBytes = 16 * 1024;
  static thread_local const auto owned = std::make_unique_for_overwrite<std::byte[]>(kBytes);
  const std::span buffer(owned.get(), kBytes);
  for (;;) {
    // Before the read, for what was read and then finds no room would be lost.
    if (into_->capacity() - into_->size() < kBytes) {
      into_->reserve(std::max(into_->size() + kBytes, 2 * into_->capacity()));
    }
    const IoProgress n = try_read(wait_, kind_, context, buffer);
    if (!n) return Pending;
    if (*n == 0) {
      wait_.end();
      return Ready(std::size_t{received_});
    }
    into_->append(reinterpret_cast<const char*>(buffer.data()), *n);
    received_ += *n;
  }
}

Poll<std::size_t> WriteSome::poll(Context& context) {
  if (from_.empty()) return Ready(std::size_t{0});
  const IoProgress n = try_write(wait_, kind_, context, from_);
  if (!n) return Pending;
  wait_.end();
  return Ready(*n);
}

Poll<Unit> WriteAll::poll(Context& context) {
  while (!from_.empty()) {
    const IoProgress n = try_write(wait_, kind_, context, from_);
    if (!n) return Pending;
    from_ = from_.subspan(*n);
  }
  wait_.end();
  return Ready();
}

}  // namespace detail
}  // namespace twofold
