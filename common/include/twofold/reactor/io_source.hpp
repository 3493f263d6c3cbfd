// IoSource: a descriptor and what is known of its readiness; IoWait: one operation that waits for
// it.
//
// An I/O object owns its source through an IoSourcePtr; each of its futures has an IoWait. The
// reactor finds the source by the address that an event carries.
//
// How an operation waits without losing an edge:
//
//     start()             forget readiness that was reported so far
//     system call         got something: done
//     EAGAIN: wait(cx)    an edge since start(): try again; else the task is kept and Pending
//
// The reactor sets `ready` and takes the waiter under the same lock, so an edge between the system
// call and wait() is seen by wait(), and a later one finds the waiter.
//
// Who keeps a source: its owner, each operation that has answered Pending and is not over, and the
// reactor while a batch of events that may name it is in hand. An operation has come to keep it by
// wait(), which also makes it the one that is *attached* to its direction, or by hold(), where it
// is Pending for another reason: its task's budget is used up, or it pauses. That is counted under
// the lock that waiting takes anyway. So the owner may close while operations of other tasks are
// pending:
//
//     close()     no more events; both waiters are woken; the descriptor stays open where an
//                 operation keeps the source, for its task may be about to use the number
//     start()     by such a task: throws ECANCELED; the operation ends
//     end()       the last one to end closes the descriptor; whoever lets go last frees the source
//
// A source is registered with the reactor of one runtime. An operation that waits in another takes
// it there, unless a task of the former waits for it: then its reactor wakes both for as long as
// that runtime runs, and where it does not run waiting is refused.
//
// A direction has one attached operation at a time. A second one that has to wait fails with EBUSY:
// taking the first one's place would leave its task asleep for good.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "twofold/detail/atomic.hpp"
#include "twofold/detail/file_descriptor.hpp"
#include "twofold/detail/spin_lock.hpp"
#include "twofold/reactor/virtual_socket.hpp"
#include "twofold/task/header.hpp"
#include "twofold/waker.hpp"

namespace twofold::detail {

class IoWait;
class Reactor;

/// The reactor of the executor that runs `task`.
[[nodiscard]] Reactor& executor_reactor(const TaskHeader& task) noexcept;

enum class Direction : std::uint8_t { kRead = 0, kWrite = 1 };

class IoSource {
 public:
  explicit IoSource(FileDescriptor fd) noexcept : fd_(std::move(fd)) {}
  /// A socket of a network in memory; there is no descriptor then, and no reactor.
  explicit IoSource(std::unique_ptr<VirtualSocket> socket) noexcept : virtual_(std::move(socket)) {
    virtual_->attach(*this);
  }
  IoSource(const IoSource&) = delete;
  IoSource& operator=(const IoSource&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// What to call in place of the kernel; null for a descriptor.
  [[nodiscard]] VirtualSocket* virtual_socket() const noexcept { return virtual_.get(); }
  /// From the network in memory: readiness changed in direction `d`.
  void on_virtual_event(Direction d) noexcept;

  /// Whether an attempt to read is sure to give EAGAIN, since the last one emptied the socket. An
  /// event of hang-up, error or urgent data ends that knowledge for good: the end of the stream, or
  /// what lies behind the urgent byte, at which reads stop short, may lie behind the data.
  [[nodiscard]] bool known_empty() noexcept {
    return drained_ && !hung_up_.load(std::memory_order_relaxed) &&
           !ready_[0].load(std::memory_order_relaxed) &&
           registered_.load(std::memory_order_relaxed);
  }
  /// A read gave less than was asked for (epoll(7): then a stream socket is drained).
  void set_drained(bool drained) noexcept { drained_ = drained; }

 private:
  friend class IoWait;
  friend class Reactor;
  friend struct IoSourceDeleter;

  struct Side {
    TaskRef waiter;
    const IoWait* attached = nullptr;
  };

  [[nodiscard]] static std::size_t index(Direction d) noexcept {
    return static_cast<std::size_t>(d);
  }
  [[nodiscard]] bool wait(const IoWait& operation, Direction d, Context& context);
  [[nodiscard]] bool wait_elsewhere(const IoWait& operation, Direction d, Context& context);
  [[nodiscard]] bool attach(const IoWait& operation, Direction d, TaskHeader& task,
                            TaskRef& before);
  void enroll(const IoWait& operation, Reactor& reactor, std::unique_lock<SpinLock>& held);
  [[nodiscard]] bool is_waited_for_by_another(const IoWait& operation) const noexcept;
  void hold() noexcept;
  void detach(const IoWait& operation, Direction d) noexcept;
  void detach_last(const IoWait& operation, Direction d) noexcept;
  void let_go() noexcept;
  void close() noexcept;
  // Under the lock, as the next: who waits in direction `d` is to look again. Gives its task, to be
  // woken.
  [[nodiscard]] TaskRef signal(Direction d) noexcept {
    ready_[index(d)].store(true, std::memory_order_relaxed);
    // Soon needed: it lies where the task goes on, in a frame or on a stack. To the second level,
    // for all others of the batch come first.
    __builtin_prefetch(sides_[index(d)].attached, 0, 2);
    return take_waiter(d);
  }
  [[nodiscard]] TaskRef take_waiter(Direction d) noexcept {
    return std::move(sides_[index(d)].waiter);
  }

  // What each wait of a reader touches comes first, in one cache line where it can.
  FileDescriptor fd_;
  std::uint32_t operations_ = 0;  // under the lock: those that keep it
  SpinLock lock_;
  bool drained_ = false;  // the reader's
  Atomic<bool> registered_{false};
  Atomic<bool> hung_up_{false};
  Atomic<bool> ready_[2] = {false, false};
  Atomic<bool> closed_{false};
  bool is_owned_ = true;  // under the lock: by its owner, then by the reactor, until that lets go
  // Set at registration, moved out by close() and enroll(), all under the lock: keeps epoll for the
  // source.
  std::shared_ptr<Reactor> reactor_;
  Side sides_[2];  // under the lock
  std::unique_ptr<VirtualSocket> virtual_;
  IoSource* next_closed_ = nullptr;
};

/// Of IoSourcePtr, which owns a source: deregisters and closes the descriptor and wakes who still
/// waits.
struct IoSourceDeleter {
  void operator()(IoSource* source) const noexcept;
};
[[nodiscard]] inline IoSourcePtr make_io_source(FileDescriptor fd) {
  return IoSourcePtr(new IoSource(std::move(fd)));
}
[[nodiscard]] inline IoSourcePtr make_virtual_source(std::unique_ptr<VirtualSocket> socket) {
  return IoSourcePtr(new IoSource(std::move(socket)));
}

/// A future's part in one direction of a source. May be moved until it keeps the source. Must be
/// first used while the source's owner lives; a future that answers Pending has called wait() or
/// hold(), and from then on keeps the source itself.
class IoWait {
 public:
  explicit IoWait(Direction direction, IoSource* source = nullptr) noexcept
      : source_(source), direction_(direction) {}
  IoWait(IoWait&& other) noexcept : IoWait(other.direction_, other.source_) {}
  IoWait& operator=(IoWait&&) = delete;
  ~IoWait() { end(); }

  /// For an operation that makes its source itself.
  void set_source(IoSource& source) noexcept { source_ = &source; }
  [[nodiscard]] IoSource& source() const noexcept { return *source_; }

  /// Begins an attempt: readiness reported before it is used up. Throws std::system_error with
  /// ECANCELED where the source was closed while this waited.
  void start() {
    if (keeps_) check_open();
    source_->ready_[IoSource::index(direction_)].store(false, std::memory_order_relaxed);
  }

  /// After EAGAIN. True: readiness changed meanwhile, try again. False: `context`'s task will be
  /// woken. Registers with the task's reactor at first. Throws std::system_error where epoll
  /// refuses, or (EBUSY) where another operation waits for the same direction, or for either in
  /// a runtime that does not run.
  [[nodiscard]] bool wait(Context& context) {
    const bool try_again = source_->wait(*this, direction_, context);
    keeps_ |= !try_again;
    return try_again;
  }

  /// The future answers Pending for another reason than the source. Its task is woken by that.
  void hold() noexcept {
    if (!std::exchange(keeps_, true)) source_->hold();
  }

  /// The operation is over, or dropped: waits no more and lets go of the source.
  void end() noexcept {
    if (std::exchange(keeps_, false)) source_->detach(*this, direction_);
  }

 private:
  friend class IoSource;

  void check_open() {
    // Acquire: pairs with the release in IoSource::close(); what the closing task did before is
    // seen by the one that gets the error.
    if (source_->closed_.load(std::memory_order_acquire)) [[unlikely]]
      throw_closed();
  }
  [[noreturn]] void throw_closed();

  IoSource* source_;
  Direction direction_;
  bool keeps_ = false;
};

}  // namespace twofold::detail
