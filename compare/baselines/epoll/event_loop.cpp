#include "baselines/epoll/event_loop.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace twofold::compare {
namespace {

[[noreturn]] void throw_errno(const char* operation) {
  throw std::system_error(errno, std::generic_category(), operation);
}

}  // namespace

void watch(int epoll, int socket) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  if (!kLevelTriggered) event.events |= EPOLLOUT | EPOLLET;
  event.data.fd = socket;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) != 0) {
    throw_errno("adding a socket to epoll");
  }
}

void watch_direction(int epoll, int socket, bool for_room) {
  epoll_event event{};
  event.events = for_room ? EPOLLOUT : EPOLLIN | EPOLLRDHUP;
  event.data.fd = socket;
  if (::epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) != 0) {
    throw_errno("changing what epoll looks for");
  }
}

void ignore(int epoll, int socket) {
  if (::epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr) != 0) {
    throw_errno("taking a socket out of epoll");
  }
}

std::size_t wait_for_events(int epoll, std::array<epoll_event, 512>& events) {
  while (true) {
    const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    if (ready >= 0) {
      return static_cast<std::size_t>(ready);
    }
    if (errno != EINTR) {
      throw_errno("waiting for epoll events");
    }
  }
}

Accepted accept_one(int listener, int& socket) {
  while (true) {
    socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      set_no_delay(socket);
      return Accepted::kConnection;
    }
    switch (errno) {
      case EAGAIN:
        return Accepted::kNoneWaiting;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        return Accepted::kNoDescriptor;
      case EINTR:
      case ECONNABORTED:
      case EPROTO:
        break;
      default:
        throw_errno("accepting a connection");
    }
  }
}

}  // namespace twofold::compare
