// recv and send, made without the C library.
//
// For the streams, which make one of each a request. On a segmented stack a call of the C library
// is made on another stack (docs/design/segmented-stacks.md), which costs four times what these do;
// the kernel takes nothing of the caller's stack. They give the error itself, so that nobody has to
// ask for errno, whose place a fiber must find anew after each switch. What they leave out is
// that of pthread_cancel, which no task survives anyway.
//
// The sanitizers look at what the C library is asked for, so there, and elsewhere than on x86-64,
// it is called.
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <span>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TWOFOLD_CALLS_ARE_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define TWOFOLD_CALLS_ARE_WATCHED 1
#endif
#endif

namespace twofold::detail {

#if defined(__x86_64__) && defined(__LP64__) && !defined(TWOFOLD_CALLS_ARE_WATCHED)

/// What `number`, recvfrom or sendto, says of a connected socket: bytes, or an error below 0.
[[nodiscard]] inline ssize_t call_of_socket(long number, int fd, const std::byte* data,
                                            std::size_t bytes, int flags) noexcept {
  ssize_t result = number;
  register long r10 asm("r10") = flags;
  register long r8 asm("r8") = 0;  // no address
  register long r9 asm("r9") = 0;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(static_cast<long>(fd)), "S"(data), "d"(bytes), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

/// What was received, or an error below 0.
[[nodiscard]] inline ssize_t receive(int fd, std::span<std::byte> into) noexcept {
  return call_of_socket(SYS_recvfrom, fd, into.data(), into.size(), 0);
}

/// How much was sent, or an error below 0. Never raises SIGPIPE.
[[nodiscard]] inline ssize_t send(int fd, std::span<const std::byte> from) noexcept {
  return call_of_socket(SYS_sendto, fd, from.data(), from.size(), MSG_NOSIGNAL);
}

#else

[[nodiscard]] inline ssize_t receive(int fd, std::span<std::byte> into) noexcept {
  const ssize_t n = ::recv(fd, into.data(), into.size(), 0);
  return n >= 0 ? n : -errno;
}

[[nodiscard]] inline ssize_t send(int fd, std::span<const std::byte> from) noexcept {
  const ssize_t n = ::send(fd, from.data(), from.size(), MSG_NOSIGNAL);
  return n >= 0 ? n : -errno;
}

#endif

}  // namespace twofold::detail
