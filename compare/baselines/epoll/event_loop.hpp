// The part that the hand-written servers share: one thread, one epoll instance, and accepting until
// all the connections of a sample have come and gone. Built twice: edge-triggered (`epoll`), where
// a socket is registered once for both directions and every edge must be used up, and level-
// triggered (`epoll-level`), where epoll repeats itself and has to be told which direction is
// waited for.
//
// A server derives from nothing: it gives the loop a handler type with
//     using Connection = ...;               the state of one connection, default-constructible;
//                                           wants_to_write(): waits for room and not for data
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

#if defined(TWOFOLD_LEVEL_TRIGGERED)
inline constexpr bool kLevelTriggered = true;
#else
inline constexpr bool kLevelTriggered = false;
#endif

// Registers `socket`: edge-triggered for both directions, level-triggered for reading. Throws
// std::system_error.
void watch(int epoll, int socket);

// Level-triggered: looks for room to write, or for data, and not for the other. Throws
// std::system_error.
void watch_direction(int epoll, int socket, bool for_room);

// Looks for nothing more. Throws std::system_error.
void ignore(int epoll, int socket);

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
    watch(epoll_.get(), listener_.socket.get());
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
  struct Place {
    typename Handler::Connection connection;
    bool for_room = false;  // level-triggered: what is looked for
  };

  void accept_waiting() {
    int socket = -1;
    while (accepted_ < expected_) {
      switch (accept_one(listener_.socket.get(), socket)) {
        case Accepted::kNoneWaiting:
          return;
        case Accepted::kNoDescriptor:
          // The edge is used up (and a level would be told for ever): the next close has to look
          // at the backlog again.
          if (accepted_ == closed_) {
            throw Capped("no descriptor or memory for a single connection");
          }
          starved_ = true;
          if (kLevelTriggered) ignore(epoll_.get(), listener_.socket.get());
          return;
        case Accepted::kConnection:
          ++accepted_;
          if (places_.size() <= static_cast<std::size_t>(socket)) {
            places_.resize(static_cast<std::size_t>(socket) + 1);
          }
          places_[static_cast<std::size_t>(socket)] = {};
          watch(epoll_.get(), socket);
      }
    }
    if (kLevelTriggered) ignore(epoll_.get(), listener_.socket.get());
  }

  void advance(int socket, bool ended) {
    Place& place = places_[static_cast<std::size_t>(socket)];
    if (handler_.advance(socket, place.connection, ended)) {
      if (kLevelTriggered && place.for_room != place.connection.wants_to_write()) {
        place.for_room = !place.for_room;
        watch_direction(epoll_.get(), socket, place.for_room);
      }
      return;
    }
    ::close(socket);
    ++closed_;
    if (starved_) {
      starved_ = false;
      if (kLevelTriggered) watch(epoll_.get(), listener_.socket.get());
      accept_waiting();
    }
  }

  Handler& handler_;
  std::uint64_t expected_;
  Listener listener_;
  Descriptor epoll_;
  std::deque<Place> places_;  // by descriptor; growing moves none
  std::uint64_t accepted_ = 0;
  std::uint64_t closed_ = 0;
  bool starved_ = false;
};

}  // namespace twofold::compare
