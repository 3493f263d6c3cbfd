// The case study with an event loop: one thread, and what each stream is at by hand.
#include <sys/epoll.h>

#include <cerrno>

#include "slow_streams.hpp"

// [read]
std::vector<std::string> case_study::read_all(const std::vector<int>& streams) {
  std::vector<std::string> texts(streams.size());
  const int loop = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    epoll_event interest{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(loop, EPOLL_CTL_ADD, streams[i], &interest);
  }
  for (std::size_t open = streams.size(); open != 0;) {
    epoll_event events[64];
    const int count = ::epoll_wait(loop, events, 64, -1);
    for (int e = 0; e < count; ++e) {
      const std::size_t i = events[e].data.u64;  // which stream this is about
      char buffer[4096];
      const ssize_t n = ::read(streams[i], buffer, sizeof buffer);
      if (n > 0) {
        texts[i].append(buffer, static_cast<std::size_t>(n));
      } else if (n == 0 || errno != EAGAIN) {
        ::close(streams[i]);
        --open;
      }
    }
  }
  ::close(loop);
  return texts;
}
// [read]

int main() { return case_study::run("epoll", 20, 5); }
