// Accept: the next connection of a listening socket, of whatever family.
//
// Used by TcpListener and UnixListener.
#pragma once

#include <optional>
#include <utility>

#include "twofold/reactor/reactor.hpp"
#include "twofold/time.hpp"

namespace twofold::detail {

/// What accepting is for all families.
class AcceptBase {
 public:
  explicit AcceptBase(IoSource& source) noexcept : wait_(Direction::kRead, &source) {}
  AcceptBase(AcceptBase&& other) noexcept : wait_(std::move(other.wait_)) {}
  AcceptBase& operator=(AcceptBase&&) = delete;

 protected:
  ~AcceptBase() = default;

  /// The connection, or null: the task will be woken. Throws std::system_error.
  [[nodiscard]] IoSourcePtr poll_accept(Context& context);

 private:
  IoWait wait_;
  std::optional<Sleep> pause_;
};

/// Ready with the accepted stream. Cancelling it loses no connection. Goes on after errors of a
/// connection that died in the queue; where descriptors or memory ran out it tries again after a
/// pause.
template <class Stream>
class [[nodiscard]] Accept : AcceptBase {
 public:
  using Output = Stream;
  using AcceptBase::AcceptBase;

  Poll<Stream> poll(Context& context) {
    IoSourcePtr connection = poll_accept(context);
    if (connection == nullptr) return Pending;
    return Poll<Stream>(std::in_place, std::move(connection));
  }
};

}  // namespace twofold::detail
