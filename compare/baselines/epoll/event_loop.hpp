// The part that both hand-written servers share: one thread, one epoll instance, edge-triggered,
// and accepting until all the connections of a sample have come and gone.
//
// A server derives from nothing: it gives the loop a handler type with
//     using Connection = ...;               the state of one connection, default-constructible
//     bool advance(int socket, Connection&, bool ended)
//                                           does all it can now; false: the connection is over
// and the loop owns sockets and states. `ended` says that the peer has ended its side: then, and
// only then, an end of the stream stands behind the last bytes and no edge will announce it again,
// so the handler reads until it sees it. Otherwise a short read proves the socket empty and spares
// the system call that would answer EAGAIN.
//
// State is found by descriptor number, which the kernel keeps small and dense: no hash table, no
// allocation for a connection after the first with its number.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "protocol/loopback.hpp"
#include "protocol/outcome.hpp"
#include "protocol/output.hpp"

namespace twofold::compare {

// Registers `socket` for both directions, edge-triggered. Throws std::system_error.
void add_edge_triggered(int epoll, int socket);

// Waits for events and gives their number; throws std::system_error.
[[nodiscard]] std::size_t wait_for_events(int epoll, std::array<epoll_event, 512>& events);

// What accepting came to.
enum class Accepted { kConnection, kNoneWaiting, kNoDescriptor };

// Takes one connection off the backlog, non-blocking and without delay, into `socket`. Connections
// that died while they waited are skipped; any other error throws std::system_error.
[[nodiscard]] Accepted accept_one(int listener, int& socket);

template <class Handler>
class EventLoop {
 public:
  EventLoop(Handler& handler, std::uint64_t connections_expected)
      : handler_(handler),
        expected_(connections_expected),
        listener_(listen_on_loopback(true)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  // Says where it listens, then serves until all expected connections were accepted and are closed.
  void run(Output& output) {
    add_edge_triggered(epoll_.get(), listener_.socket.get());
    output.listening(listener_.port);
    std::array<epoll_event, 512> events;
    while (closed_ < expected_) {
      const std::size_t ready = wait_for_events(epoll_.get(), events);
      for (std::size_t i = 0; i < ready; ++i) {
        if (events[i].data.fd == listener_.socket.get()) {
          accept_waiting();
        } else {
          advance(events[i].data.fd, (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
        }
      }
    }
  }

 private:
  void accept_waiting() {
    int socket = -1;
    while (accepted_ < expected_) {
      switch (accept_one(listener_.socket.get(), socket)) {
        case Accepted::kNoneWaiting:
          return;
        case Accepted::kNoDescriptor:
          // The edge is used up: the next close has to look at the backlog again.
          if (accepted_ == closed_) {
            throw Capped("no descriptor or memory for a single connection");
          }
          starved_ = true;
          return;
        case Accepted::kConnection:
          ++accepted_;
          if (connections_.size() <= static_cast<std::size_t>(socket)) {
            connections_.resize(static_cast<std::size_t>(socket) + 1);
          }
          connections_[static_cast<std::size_t>(socket)] = {};
          add_edge_triggered(epoll_.get(), socket);
      }
    }
  }

  void advance(int socket, bool ended) {
    if (handler_.advance(socket, connections_[static_cast<std::size_t>(socket)], ended)) {
      return;
    }
    ::close(socket);
    ++closed_;
    if (starved_) {
      starved_ = false;
      accept_waiting();
    }
  }

  Handler& handler_;
  std::uint64_t expected_;
  Listener listener_;
  Descriptor epoll_;
  std::deque<typename Handler::Connection> connections_;  // by descriptor; growing moves none
  std::uint64_t accepted_ = 0;
  std::uint64_t closed_ = 0;
  bool starved_ = false;
};

}  // namespace twofold::compare
