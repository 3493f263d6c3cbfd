#include "baselines/promises/event_loop.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace twofold::compare {
namespace {

[[noreturn]] void throw_errno(const char* operation) {
  throw std::system_error(errno, std::generic_category(), operation);
}

template <class T>
Promise<T> failed(const char* operation) {
  Promise<T> promise;
  promise.reject(
      std::make_exception_ptr(std::system_error(errno, std::generic_category(), operation)));
  return promise;
}

void settle(std::optional<Promise<Nothing>>& waiter) {
  if (waiter) std::exchange(waiter, std::nullopt)->resolve({});
}

}  // namespace

PromiseLoop::PromiseLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

void PromiseLoop::add(int socket) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.fd = socket;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event) != 0) {
    throw_errno("adding a socket to epoll");
  }
  if (waiters_.size() <= static_cast<std::size_t>(socket)) {
    waiters_.resize(static_cast<std::size_t>(socket) + 1);
  }
  waiters_of(socket) = {};
}

void PromiseLoop::forget(int socket) { waiters_of(socket) = {}; }

Promise<Nothing> PromiseLoop::readable(int socket) { return waiters_of(socket).readable.emplace(); }

Promise<Nothing> PromiseLoop::writable(int socket) { return waiters_of(socket).writable.emplace(); }

void PromiseLoop::turn() {
  std::array<epoll_event, 512> events;
  const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
  if (ready < 0 && errno != EINTR) {
    throw_errno("waiting for epoll events");
  }
  for (int i = 0; i < ready; ++i) {
    Waiters& waiters = waiters_of(events[static_cast<std::size_t>(i)].data.fd);
    const std::uint32_t what = events[static_cast<std::size_t>(i)].events;
    if ((what & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) settle(waiters.readable);
    if ((what & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) settle(waiters.writable);
    // As Node: all jobs before the next event.
    Microtasks::of_this_thread().run();
  }
}

Promise<std::size_t> read(PromiseLoop& loop, int socket, std::span<char> buffer) {
  const ssize_t n = ::recv(socket, buffer.data(), buffer.size(), 0);
  if (n >= 0) {
    return Promise<std::size_t>::resolved(static_cast<std::size_t>(n));
  }
  if (errno != EAGAIN && errno != EINTR) {
    return failed<std::size_t>("receiving");
  }
  return loop.readable(socket).then(
      [&loop, socket, buffer](Nothing) { return read(loop, socket, buffer); });
}

Promise<Nothing> write_all(PromiseLoop& loop, int socket, std::span<const char> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      return loop.writable(socket).then(
          [&loop, socket, bytes](Nothing) { return write_all(loop, socket, bytes); });
    } else if (errno != EINTR) {
      return failed<Nothing>("sending");
    }
  }
  return Promise<Nothing>::resolved({});
}

}  // namespace twofold::compare
