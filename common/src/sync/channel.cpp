// channel: its errors.
#include <stdexcept>

#include "twofold/sync/detail/channel_core.hpp"

namespace twofold::detail {

void throw_two_receives() {
  throw std::logic_error(
      "twofold: recv: this receiver has a recv that is pending; a channel has one receiver, which "
      "receives one value at a time");
}

}  // namespace twofold::detail
