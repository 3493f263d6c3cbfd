// Reactor: turns the kernel's readiness into wakes. One epoll instance an executor.
//
// Used by the executor (turn, notify) and by the I/O futures (IoSource). A descriptor is registered
// once, edge-triggered for both directions, when an operation on it first has to wait, and stays so
// until its source is closed: the system call is always tried first, and only EAGAIN waits.
//
// No stale event reaches a reused descriptor: the event carries the address of the source, and a
// source that is closed while a batch of events is in hand is freed only after that batch.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "twofold/detail/file_descriptor.hpp"
#include "twofold/detail/spin_lock.hpp"
#include "twofold/reactor/timer_wheel.hpp"
#include "twofold/task/header.hpp"
#include "twofold/waker.hpp"

namespace twofold::detail {

class Reactor;

/// The reactor of the executor that runs `task`.
[[nodiscard]] Reactor& executor_reactor(const TaskHeader& task) noexcept;

enum class Direction : std::uint8_t { kRead = 0, kWrite = 1 };

/// A descriptor and what is known of its readiness. Owned by an I/O object through IoSourcePtr.
///
/// How an operation waits without losing an edge:
///
///     start(d)                 forget readiness that was reported so far
///     system call              got something: done
///     EAGAIN: wait(d, cx)      an edge since start(): try again; else the waiter is kept and
///     Pending
///
/// The reactor sets `ready` and takes the waiter under the same lock, so an edge between the system
/// call and wait() is seen by wait(), and a later one finds the waiter.
class IoSource {
 public:
  explicit IoSource(FileDescriptor fd) noexcept : fd_(std::move(fd)) {}
  IoSource(const IoSource&) = delete;
  IoSource& operator=(const IoSource&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  /// Begins an attempt in direction `d`: readiness reported before it is used up.
  void start(Direction d) noexcept {
    sides_[index(d)].ready.store(false, std::memory_order_relaxed);
  }

  /// After EAGAIN. True: readiness changed meanwhile, try again. False: `context`'s task will be
  /// woken. Registers with the task's reactor at first. Throws std::system_error where epoll
  /// refuses.
  [[nodiscard]] bool wait(Direction d, Context& context);

  /// Whether an attempt to read is sure to give EAGAIN, since the last one emptied the socket. An
  /// event of hang-up, error or urgent data ends that knowledge for good: the end of the stream, or
  /// what lies behind the urgent byte, at which reads stop short, may lie behind the data.
  [[nodiscard]] bool known_empty() noexcept {
    return drained_ && !hung_up_.load(std::memory_order_relaxed) &&
           !sides_[0].ready.load(std::memory_order_relaxed) &&
           registered_.load(std::memory_order_relaxed);
  }
  /// A read gave less than was asked for (epoll(7): then a stream socket is drained).
  void set_drained(bool drained) noexcept { drained_ = drained; }

  /// No longer waits in direction `d` (the future was dropped).
  void forget(Direction d) noexcept;

 private:
  friend class Reactor;
  friend struct IoSourceDeleter;

  struct Side {
    std::atomic<bool> ready{false};
    TaskRef waiter;
  };

  [[nodiscard]] static std::size_t index(Direction d) noexcept {
    return static_cast<std::size_t>(d);
  }
  void on_event(Direction d) noexcept;
  [[nodiscard]] TaskRef take_waiter(Direction d, bool ready) noexcept;

  FileDescriptor fd_;
  SpinLock lock_;
  bool drained_ = false;  // the reader's
  std::atomic<bool> registered_{false};
  std::atomic<bool> hung_up_{false};
  Side sides_[2];
  std::shared_ptr<Reactor>
      reactor_;  // set at registration; keeps epoll alive as long as the source
  IoSource* next_closed_ = nullptr;
};

struct IoSourceDeleter {
  void operator()(IoSource* source) const noexcept;
};
/// Owns a source; destroying it deregisters and closes the descriptor and wakes who still waits.
using IoSourcePtr = std::unique_ptr<IoSource, IoSourceDeleter>;

[[nodiscard]] inline IoSourcePtr make_io_source(FileDescriptor fd) {
  return IoSourcePtr(new IoSource(std::move(fd)));
}

class Reactor : public std::enable_shared_from_this<Reactor> {
 public:
  /// Throws std::system_error where the kernel gives no epoll instance or eventfd.
  Reactor();

  /// Waits until something is ready, notify() is called, or `timeout` nanoseconds have passed (0:
  /// only looks; kNever: for ever), and wakes who waited for it. True: notify() was called
  /// meanwhile.
  bool turn(Nanoseconds timeout) noexcept;

  /// Ends a turn() that waits, or the next one. Any thread.
  void notify() noexcept;

  /// Frees the sources that were closed during the last turn. While no thread is in a turn.
  void free_closed() noexcept;

  /// How many sources are registered: without any there is nothing to look for.
  [[nodiscard]] std::size_t registered() const noexcept {
    return registered_.load(std::memory_order_relaxed);
  }
  /// How many operations wait for a descriptor.
  [[nodiscard]] std::size_t waiting() const noexcept {
    // Acquire: what no longer waits because it was woken is in a queue by then.
    return waiting_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t turns() const noexcept {
    return turns_.load(std::memory_order_relaxed);
  }

 private:
  friend class IoSource;
  friend struct IoSourceDeleter;

  void add(IoSource& source);
  void close(IoSource& source) noexcept;

  FileDescriptor epoll_;
  FileDescriptor event_;
  std::atomic<std::size_t> registered_{0};
  std::atomic<std::size_t> waiting_{0};
  std::atomic<bool> in_turn_{false};
  std::atomic<std::uint64_t> turns_{0};
  SpinLock closed_lock_;
  IoSource* closed_ = nullptr;  // sources closed while a batch was in hand
};

}  // namespace twofold::detail
