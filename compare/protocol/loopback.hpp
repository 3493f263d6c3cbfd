// An owned descriptor and a listening socket on 127.0.0.1: the two things that every server and
// client of the comparison written on bare system calls begins with.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <utility>

namespace twofold::compare {

// Owns one descriptor; -1 is none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Descriptor() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

 private:
  int fd_ = -1;
};

struct Listener {
  Descriptor socket;
  std::uint16_t port = 0;
};

// Listens on a port of 127.0.0.1 that the kernel picks, with the longest backlog it allows. Throws
// std::system_error.
[[nodiscard]] Listener listen_on_loopback(bool non_blocking);

// Sends each write at once. Failing to is no error: it costs time, not bytes.
void set_no_delay(int socket) noexcept;

}  // namespace twofold::compare
