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
#include <system_error>

#include "twofold/executor/executor.hpp"

namespace twofold {

UnexpectedEnd::UnexpectedEnd(std::size_t received, std::size_t wanted)
    : std::runtime_error("twofold: read_exact: the stream ended after " + std::to_string(received) +
                         " of " + std::to_string(wanted) + " bytes"),
      received_(received) {}

namespace detail {
namespace {

[[noreturn]] void throw_io(int error, const char* operation, const IoSource& source) {
  throw std::system_error(
      error, std::system_category(),
      std::string("twofold: ") + operation + " descriptor " + std::to_string(source.fd()));
}

ssize_t read_once(StreamRef stream, std::span<std::byte> into) noexcept {
  const int fd = stream.source->fd();
  if (stream.kind != StreamKind::kPipe) [[likely]]
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

ssize_t write_once(StreamRef stream, std::span<const std::byte> from) noexcept {
  const int fd = stream.source->fd();
  if (stream.kind != StreamKind::kPipe) [[likely]]
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

ssize_t write_vectors(StreamRef stream, Vectors& vectors) noexcept {
  const int fd = stream.source->fd();
  if (stream.kind == StreamKind::kPipe) {
    return without_sigpipe([&] { return ::writev(fd, vectors.data(), vectors.count()); });
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = static_cast<std::size_t>(vectors.count());
  return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

[[nodiscard]] bool cooperate(Context& context) noexcept {
  return detail::cooperate(context.task());
}

}  // namespace

// One attempt to read up to `wanted` bytes by `read`, waiting for data where there are none.
template <class Read>
IoProgress read_by(StreamRef stream, Context& context, std::size_t wanted, Read read) {
  IoSource& source = *stream.source;
  bool sure_to_fail = source.known_empty();
  for (;;) {
    if (!sure_to_fail) {
      if (!cooperate(context)) return std::nullopt;
      source.start(Direction::kRead);
      const ssize_t n = read();
      if (n >= 0) {
        // The end of the stream is no emptiness: it can be read again and again.
        const bool is_short = n > 0 && static_cast<std::size_t>(n) < wanted;
        source.set_drained(is_short && stream.kind == StreamKind::kTcp);
        return static_cast<std::size_t>(n);
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) throw_io(errno, "read from", source);
    }
    if (!source.wait(Direction::kRead, context)) {
      context.task().set_waiting_for("data to read (read)");
      return std::nullopt;
    }
    sure_to_fail = false;
  }
}

// One attempt to write by `write`, waiting for room where there is none.
template <class Write>
IoProgress write_by(StreamRef stream, Context& context, Write write) {
  IoSource& source = *stream.source;
  for (;;) {
    if (!cooperate(context)) return std::nullopt;
    source.start(Direction::kWrite);
    const ssize_t n = write();
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) throw_io(errno, "write to", source);
    if (!source.wait(Direction::kWrite, context)) {
      context.task().set_waiting_for("room to write (write)");
      return std::nullopt;
    }
  }
}

IoProgress try_read(StreamRef stream, Context& context, std::span<std::byte> into) {
  return read_by(stream, context, into.size(), [&] { return read_once(stream, into); });
}

IoProgress try_write(StreamRef stream, Context& context, std::span<const std::byte> from) {
  return write_by(stream, context, [&] { return write_once(stream, from); });
}

IoProgress try_read_vectored(StreamRef stream, Context& context,
                             std::span<const MutableBytes> into) {
  Vectors vectors(into);
  if (vectors.bytes() == 0) return std::size_t{0};
  return read_by(stream, context, vectors.bytes(),
                 [&] { return ::readv(stream.source->fd(), vectors.data(), vectors.count()); });
}

IoProgress try_write_vectored(StreamRef stream, Context& context,
                              std::span<const ConstBytes> from) {
  Vectors vectors(from);
  if (vectors.bytes() == 0) return std::size_t{0};
  return write_by(stream, context, [&] { return write_vectors(stream, vectors); });
}

Poll<std::size_t> ReadVectored::poll(Context& context) {
  const IoProgress n = try_read_vectored(stream_, context, into_);
  if (!note(n)) return Pending;
  return Ready(*n);
}

Poll<std::size_t> WriteVectored::poll(Context& context) {
  const IoProgress n = try_write_vectored(stream_, context, from_);
  if (!note(n)) return Pending;
  return Ready(*n);
}

Poll<std::size_t> ReadSome::poll(Context& context) {
  if (into_.empty()) return Ready(std::size_t{0});
  const IoProgress n = try_read(stream_, context, into_);
  if (!note(n)) return Pending;
  return Ready(*n);
}

Poll<Unit> ReadExact::poll(Context& context) {
  while (received_ < into_.size()) {
    const IoProgress n = try_read(stream_, context, into_.subspan(received_));
    if (!note(n)) return Pending;
    if (*n == 0) throw UnexpectedEnd(received_, into_.size());
    received_ += *n;
  }
  return Ready();
}

Poll<std::size_t> ReadToEnd::poll(Context& context) {
  // By way of one buffer of the thread: the string grows only by what came, nothing is zeroed
  // first, and a fiber's stack stays small.
  static thread_local std::byte buffer[16 * 1024];
  for (;;) {
    const IoProgress n = try_read(stream_, context, buffer);
    if (!note(n)) return Pending;
    if (*n == 0) return Ready(std::size_t{received_});
    into_->append(reinterpret_cast<const char*>(buffer), *n);
    received_ += *n;
  }
}

Poll<std::size_t> WriteSome::poll(Context& context) {
  if (from_.empty()) return Ready(std::size_t{0});
  const IoProgress n = try_write(stream_, context, from_);
  if (!note(n)) return Pending;
  return Ready(*n);
}

Poll<Unit> WriteAll::poll(Context& context) {
  while (!from_.empty()) {
    const IoProgress n = try_write(stream_, context, from_);
    if (!note(n)) return Pending;
    from_ = from_.subspan(*n);
  }
  return Ready();
}

}  // namespace detail
}  // namespace twofold
