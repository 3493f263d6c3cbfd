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

#include "twofold/detail/socket_calls.hpp"
#include "twofold/executor/executor.hpp"

namespace twofold {

UnexpectedEnd::UnexpectedEnd(std::size_t received, std::size_t wanted)
    : std::runtime_error("twofold: read_exact: the stream ended after " + std::to_string(received) +
                         " of " + std::to_string(wanted) + " bytes"),
      received_(received) {}

namespace detail {
namespace {

// `error` is below 0.
[[noreturn]] void throw_io(ssize_t error, const char* operation, IoWait& wait) {
  const int fd = wait.source().fd();
  wait.end();
  throw std::system_error(
      static_cast<int>(-error), std::system_category(),
      std::string("twofold: ") + operation + " descriptor " + std::to_string(fd));
}

// What a call of the C library gave: bytes, or its error below 0.
ssize_t bytes_or_error(ssize_t n) noexcept { return n >= 0 ? n : -errno; }

// Of the kernel's: a network in memory has no descriptors.
[[nodiscard]] bool is_socket(const IoSource& source, StreamKind kind) noexcept {
  return source.fd() >= 0 && kind != StreamKind::kPipe;
}

// Of what is no socket of the kernel's, as write_other() is: apart, so that the hot paths stay
// small.
[[gnu::noinline]] ssize_t read_other(IoSource& source, std::span<std::byte> into) {
  if (VirtualSocket* const socket = source.virtual_socket())
    return bytes_or_error(socket->read(into));
  return bytes_or_error(::read(source.fd(), into.data(), into.size()));
}

[[gnu::always_inline]] inline ssize_t read_once(IoSource& source, StreamKind kind,
                                                std::span<std::byte> into) {
  if (is_socket(source, kind)) [[likely]]
    return receive(source.fd(), into);
  return read_other(source, into);
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
  const ssize_t n = bytes_or_error(write());
  if (n == -EPIPE && !was_pending) {
    const timespec at_once{};
    while (sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return n;
}

[[gnu::noinline]] ssize_t write_other(IoSource& source, std::span<const std::byte> from) {
  if (VirtualSocket* const socket = source.virtual_socket())
    return bytes_or_error(socket->write(from));
  return without_sigpipe([&] { return ::write(source.fd(), from.data(), from.size()); });
}

[[gnu::always_inline]] inline ssize_t write_once(IoSource& source, StreamKind kind,
                                                 std::span<const std::byte> from) {
  if (is_socket(source, kind)) [[likely]]
    return send(source.fd(), from);
  return write_other(source, from);
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
  return bytes_or_error(::sendmsg(fd, &message, MSG_NOSIGNAL));
}

[[nodiscard, gnu::always_inline]] inline bool cooperate(IoWait& wait, Context& context) noexcept {
  if (detail::cooperate(context.task())) [[likely]]
    return true;
  wait.hold();
  return false;
}

// Not ready: `context`'s task will be woken. True: it is ready after all.
[[gnu::always_inline]] inline bool wait_for(WaitsFor what, IoWait& wait, Context& context) {
  if (wait.wait(context)) return true;
  context.task().set_waits_for(what);
  return false;
}

// One attempt to read up to `wanted` bytes by `read`, waiting for data where there are none.
template <class Read>
[[gnu::always_inline]] inline IoProgress attempt_to_read(IoWait& wait, StreamKind kind,
                                                         Context& context, std::size_t wanted,
                                                         Read read) {
  IoSource& source = wait.source();
  do {
    if (!cooperate(wait, context)) return std::nullopt;
    wait.start();
    ssize_t n = 0;
    do {
      n = read(source);
    } while (n == -EINTR);
    if (n >= 0) [[likely]] {
      // The end of the stream is no emptiness: it can be read again and again.
      const bool is_short = n > 0 && static_cast<std::size_t>(n) < wanted;
      source.set_drained(is_short && kind == StreamKind::kTcp);
      return static_cast<std::size_t>(n);
    }
    if (n != -EAGAIN) throw_io(n, "read from", wait);
  } while (wait_for(WaitsFor::kData, wait, context));
  return std::nullopt;
}

// The same for writing, and room.
template <class Write>
[[gnu::always_inline]] inline IoProgress attempt_to_write(IoWait& wait, Context& context,
                                                          Write write) {
  do {
    if (!cooperate(wait, context)) return std::nullopt;
    wait.start();
    ssize_t n = 0;
    do {
      n = write(wait.source());
    } while (n == -EINTR);
    if (n >= 0) [[likely]]
      return static_cast<std::size_t>(n);
    if (n != -EAGAIN) throw_io(n, "write to", wait);
  } while (wait_for(WaitsFor::kRoomToWrite, wait, context));
  return std::nullopt;
}

// Whether there may be something to read. False: `context`'s task will be woken, and nothing was
// tried, for it is known to fail.
[[gnu::always_inline]] inline bool is_worth_trying(IoWait& wait, Context& context) {
  return !wait.source().known_empty() || wait_for(WaitsFor::kData, wait, context);
}

}  // namespace

IoProgress try_read(IoWait& wait, StreamKind kind, Context& context, std::span<std::byte> into) {
  if (!is_worth_trying(wait, context)) return std::nullopt;
  return attempt_to_read(wait, kind, context, into.size(),
                         [kind, into](IoSource& source) { return read_once(source, kind, into); });
}

IoProgress try_write(IoWait& wait, StreamKind kind, Context& context,
                     std::span<const std::byte> from) {
  return attempt_to_write(
      wait, context, [kind, from](IoSource& source) { return write_once(source, kind, from); });
}

IoProgress try_read_vectored(IoWait& wait, StreamKind kind, Context& context,
                             std::span<const MutableBytes> into) {
  if (wait.source().virtual_socket() != nullptr) [[unlikely]]
    return try_read(wait, kind, context, first_bytes(into));
  Vectors vectors(into);
  if (vectors.bytes() == 0) return std::size_t{0};
  if (!is_worth_trying(wait, context)) return std::nullopt;
  return attempt_to_read(wait, kind, context, vectors.bytes(), [&](IoSource& source) {
    return bytes_or_error(::readv(source.fd(), vectors.data(), vectors.count()));
  });
}

IoProgress try_write_vectored(IoWait& wait, StreamKind kind, Context& context,
                              std::span<const ConstBytes> from) {
  if (wait.source().virtual_socket() != nullptr) [[unlikely]]
    return try_write(wait, kind, context, first_bytes(from));
  Vectors vectors(from);
  if (vectors.bytes() == 0) return std::size_t{0};
  return attempt_to_write(
      wait, context, [&](IoSource& source) { return write_vectors(source.fd(), kind, vectors); });
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

// Hot path, guarded by the `echo` workload, as WriteAll::advance() is.
IoProgress ReadSome::advance(Context& context) {
  if (into_.empty()) return std::size_t{0};
  if (!is_worth_trying(wait_, context)) return std::nullopt;
  return finish(context);
}

// Apart from the first poll, which most often does no more than to wait.
IoProgress ReadSome::finish(Context& context) {
  const IoProgress n = attempt_to_read(
      wait_, kind_, context, into_.size(),
      [kind = kind_, into = into_](IoSource& source) { return read_once(source, kind, into); });
  if (n) wait_.end();
  return n;
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

IoProgress WriteSome::advance(Context& context) {
  if (from_.empty()) return std::size_t{0};
  const IoProgress n = try_write(wait_, kind_, context, from_);
  if (n) wait_.end();
  return n;
}

bool WriteAll::advance(Context& context) {
  while (!from_.empty()) {
    const IoProgress n = attempt_to_write(
        wait_, context,
        [kind = kind_, from = from_](IoSource& source) { return write_once(source, kind, from); });
    if (!n) return false;
    from_ = from_.subspan(*n);
  }
  wait_.end();
  return true;
}

}  // namespace detail
}  // namespace twofold
