// broadcast: its errors.
#include "twofold/sync/broadcast.hpp"

#include <string>

namespace twofold {

Lagged::Lagged(std::uint64_t lost)
    : std::runtime_error("twofold: a broadcast receiver was too slow and lost " +
                         std::to_string(lost) + " values"),
      count_(lost) {}

namespace detail {

void throw_lagged(std::uint64_t lost) { throw Lagged(lost); }

std::size_t check_broadcast_capacity(std::size_t capacity) {
  if (capacity == 0) {
    throw std::invalid_argument(
        "twofold: broadcast: a capacity of 0 keeps no value for anybody; use 1 or more");
  }
  return capacity;
}

}  // namespace detail
}  // namespace twofold
