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
  explicit AcceptBase(IoSource& source) noexcept : source_(&source) {}
  AcceptBase(AcceptBase&& other) noexcept : source_(other.source_) {}
  AcceptBase& operator=(AcceptBase&&) = delete;
  ~AcceptBase() {
    if (waiting_) source_->forget(Direction::kRead);
  }

 protected:
  /// The connection, or null: the task will be woken. Throws std::system_error.
  [[nodiscard]] IoSourcePtr poll_accept(Context& context);

 private:
  IoSource* source_;
  bool waiting_ = false;
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
