// relay(): carries bytes between two connections, both ways at once, until both have ended.
//
// Each way reads into one buffer and writes all of it before it reads again: a side that does not
// read holds up the side that writes (back-pressure), and a way needs no more memory than its
// buffer. The end of one way is passed on as the end of that way alone (half-close). An error, or
// silence of both ways for too long, ends both.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <tuple>
#include <twofold/twofold.hpp>

namespace proxy {

/// Nothing moved for too long.
class TooSlow : public std::runtime_error {
 public:
  TooSlow() : std::runtime_error("no byte has moved for too long") {}
};

/// What both ways of a relay share. They belong to one task.
struct Activity {
  using Clock = std::chrono::steady_clock;

  std::chrono::milliseconds most_idle;
  Clock::time_point last = Clock::now();

  void note() noexcept { last = Clock::now(); }
  [[nodiscard]] Clock::duration left() const noexcept { return last + most_idle - Clock::now(); }
};

/// One way, by way of `buffer`. Gives how many bytes were carried. Throws std::system_error where a
/// side breaks, TooSlow.
template <class From, class To>
TF_ASYNC(std::uint64_t)
carry(From& from, To& to, std::span<std::byte> buffer, Activity& activity) {
  std::uint64_t total = 0;
  while (true) {
    const auto n = TF_AWAIT(twofold::timeout(activity.left(), from.read(buffer)));
    if (!n) {
      // The other way may have moved something meanwhile.
      if (activity.left() <= Activity::Clock::duration::zero()) throw TooSlow();
      continue;
    }
    if (*n == 0) break;
    activity.note();
    const auto sent =
        TF_AWAIT(twofold::timeout(activity.most_idle, to.write_all(buffer.first(*n))));
    if (!sent) throw TooSlow();
    activity.note();
    total += *n;
  }
  to.shutdown();
  TF_RETURN total;
}

/// Both ways. Each buffer is for one of them. Gives the bytes there and back.
template <class One, class Other>
TF_ASYNC(std::uint64_t)
relay(One& client, Other& server, std::span<std::byte> there, std::span<std::byte> back,
      std::chrono::milliseconds most_idle) {
  Activity activity{most_idle};
  const auto [sent, received] =
      TF_AWAIT(twofold::join(twofold::async(carry<One, Other>, std::ref(client), std::ref(server),
                                            there, std::ref(activity)),
                             twofold::async(carry<Other, One>, std::ref(server), std::ref(client),
                                            back, std::ref(activity))));
  TF_RETURN sent + received;
}

}  // namespace proxy
