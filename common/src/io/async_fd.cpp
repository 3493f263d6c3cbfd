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
    if (!detail::cooperate(task)) return Pending;
    source_->start(direction_);
    pollfd asked{};
    asked.fd = source_->fd();
    asked.events = direction_ == detail::Direction::kRead ? POLLIN | POLLPRI : POLLOUT;
    const int ready = ::poll(&asked, 1, 0);
    if (ready > 0) {
      waiting_ = false;
      return Ready();
    }
    if (ready < 0 && errno != EINTR) {
      throw std::system_error(errno, std::system_category(), "twofold: poll");
    }
    waiting_ = !source_->wait(direction_, context);
    if (waiting_) {
      task.set_waiting_for("a descriptor to be ready (AsyncFd)");
      return Pending;
    }
  }
}

}  // namespace twofold
