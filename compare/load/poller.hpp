// An epoll instance whose waits end at the sample's deadline.
//
// Edge-triggered throughout: a socket is registered once, for both directions, and its owner reads
// or writes until the kernel has no more, or until it knows that no more can come.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "load/deadline.hpp"
#include "protocol/loopback.hpp"

namespace twofold::compare {

class Poller {
 public:
  Poller();

  // Registers `socket` for good, to be reported with `token`. Throws std::system_error.
  void add(int socket, std::uint32_t token);

  // The events that are there, waiting for the first for at most `limit` where one is given. Empty
  // when that passed first. Throws CheckFailed when the deadline has passed.
  [[nodiscard]] std::span<const epoll_event> wait(
      const Deadline& deadline, std::optional<std::chrono::nanoseconds> limit = std::nullopt);

 private:
  Descriptor epoll_;
  std::vector<epoll_event> events_;
};

}  // namespace twofold::compare
