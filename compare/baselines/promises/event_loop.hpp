// PromiseLoop: an epoll loop whose events settle promises, and which runs the microtasks after
// each.
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "baselines/promises/promise.hpp"
#include "protocol/loopback.hpp"

namespace twofold::compare {

class PromiseLoop {
 public:
  PromiseLoop();

  /// From now on readable() and writable() may be asked for. Until forget().
  void add(int socket);
  void forget(int socket);

  /// Settled by the next edge.
  Promise<Nothing> readable(int socket);
  Promise<Nothing> writable(int socket);

  /// Runs until `promise` is settled, and gives its value or throws its error.
  template <class T>
  T run(const Promise<T>& promise) {
    Microtasks::of_this_thread().run();
    while (!promise.is_settled()) turn();
    return promise.value();
  }

 private:
  struct Waiters {
    std::optional<Promise<Nothing>> readable;
    std::optional<Promise<Nothing>> writable;
  };

  void turn();
  Waiters& waiters_of(int socket) { return waiters_[static_cast<std::size_t>(socket)]; }

  Descriptor epoll_;
  std::vector<Waiters> waiters_;  // by descriptor
};

/// Of what is there, as much as fits: 0 at the end of the stream.
Promise<std::size_t> read(PromiseLoop& loop, int socket, std::span<char> buffer);
/// All of it.
Promise<Nothing> write_all(PromiseLoop& loop, int socket, std::span<const char> bytes);

}  // namespace twofold::compare
