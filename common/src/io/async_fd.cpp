#include "twofold/io/async_fd.hpp"

#include <poll.h>

#include <cerrno>
#include <system_error>

#include "twofold/executor/executor.hpp"

namespace twofold {

// Asks poll(2) first: an edge that came before the descriptor was registered, or that somebody else
// has used up, would not come again.
Poll<Unit> Readiness::poll(Context& context) {
  detail::TaskHeader& task = context.task();
  for (;;) {
    if (!detail::cooperate(task)) {
      wait_.hold();
      return Pending;
    }
    wait_.start();
    pollfd asked{};
    asked.fd = wait_.source().fd();
    asked.events = direction_ == detail::Direction::kRead ? POLLIN | POLLPRI : POLLOUT;
    const int ready = ::poll(&asked, 1, 0);
    if (ready > 0) {
      wait_.end();
      return Ready();
    }
    if (ready < 0 && errno != EINTR) {
      const int error = errno;
      wait_.end();
      throw std::system_error(error, std::system_category(), "twofold: poll");
    }
    if (!wait_.wait(context)) {
      task.set_waits_for(detail::WaitsFor::kDescriptor);
      return Pending;
    }
  }
}

}  // namespace twofold
