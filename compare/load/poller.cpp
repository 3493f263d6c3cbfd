#include "load/poller.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {

// Large batches keep the generator's own cost a request down.
constexpr std::size_t kBatch = 1024;

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), events_(kBatch) {
  if (!epoll_.is_open()) {
    throw std::system_error(errno, std::generic_category(), "creating an epoll instance");
  }
}

void Poller::add(int socket, std::uint32_t token) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u32 = token;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "adding a connection to epoll");
  }
}

std::span<const epoll_event> Poller::wait(const Deadline& deadline,
                                          std::optional<std::chrono::nanoseconds> limit) {
  const auto remaining = deadline.remaining();
  const auto time = limit && *limit < remaining ? *limit : remaining;
  const timespec timeout{time.count() / 1'000'000'000, time.count() % 1'000'000'000};
  const int ready = ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                                   &timeout, nullptr);
  if (ready < 0 && errno != EINTR) {
    throw CheckFailed(errno_message("waiting for the server's answers", errno));
  }
  if (ready <= 0 && deadline.passed()) {
    throw CheckFailed("the server hangs: the load was not over within " +
                      std::to_string(deadline.limit_seconds()) + " s");
  }
  return std::span(events_).first(ready > 0 ? static_cast<std::size_t>(ready) : 0);
}

}  // namespace twofold::compare
