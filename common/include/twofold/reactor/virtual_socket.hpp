// VirtualSocket, VirtualNetwork: what stands in the kernel's place where the network is in memory.
//
// Used by the stream futures, which ask an IoSource for its VirtualSocket before they make a system
// call, and by the executor, which advances the network as it does the timers. The implementation
// is net/simulated_network.cpp. For the thread of its runtime only.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <span>

#include "twofold/executor/options.hpp"
#include "twofold/reactor/timer_wheel.hpp"

namespace twofold {

class SocketAddress;

namespace detail {

class IoSource;
struct IoSourceDeleter;
using IoSourcePtr = std::unique_ptr<IoSource, IoSourceDeleter>;

/// A socket in memory. Its calls answer like the kernel's: -1 and errno where there is nothing to
/// do yet or an error. Destroying it closes it.
class VirtualSocket {
 public:
  VirtualSocket() = default;
  VirtualSocket(const VirtualSocket&) = delete;
  VirtualSocket& operator=(const VirtualSocket&) = delete;
  virtual ~VirtualSocket() = default;

  /// The events of this socket are `source`'s from now on.
  virtual void attach(IoSource& source) noexcept = 0;
  [[nodiscard]] virtual ssize_t read(std::span<std::byte> into) = 0;
  [[nodiscard]] virtual ssize_t write(std::span<const std::byte> from) = 0;
  [[nodiscard]] virtual int connect(const SocketAddress& to) = 0;
  /// Null and errno where no connection waits.
  [[nodiscard]] virtual IoSourcePtr accept() = 0;
  virtual void shut_down_writing() noexcept = 0;
  [[nodiscard]] virtual SocketAddress local_address() const = 0;
  /// Throws std::system_error (ENOTCONN) where there is no peer.
  [[nodiscard]] virtual SocketAddress peer_address() const = 0;
};

class VirtualNetwork {
 public:
  VirtualNetwork() = default;
  VirtualNetwork(const VirtualNetwork&) = delete;
  VirtualNetwork& operator=(const VirtualNetwork&) = delete;
  virtual ~VirtualNetwork() = default;

  /// Throws std::system_error (EADDRINUSE).
  [[nodiscard]] virtual IoSourcePtr listen(const SocketAddress& at) = 0;
  /// A socket to connect.
  [[nodiscard]] virtual IoSourcePtr make_socket() = 0;
  /// When something arrives next; kNever where nothing is on its way.
  [[nodiscard]] virtual Nanoseconds next_event() const noexcept = 0;
  /// It is `now`: what has arrived is there, and who waits for it is woken.
  virtual void advance(Nanoseconds now) = 0;
};

/// A network in memory whose delays and faults come from `seed`.
[[nodiscard]] std::shared_ptr<VirtualNetwork> make_simulated_network(std::uint64_t seed,
                                                                     const NetworkFaults& faults);

}  // namespace detail
}  // namespace twofold
