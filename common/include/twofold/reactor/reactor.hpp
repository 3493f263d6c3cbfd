// Reactor: turns the kernel's readiness into wakes. One epoll instance an executor.
//
// Used by the executor (turn, notify) and by the I/O futures (IoSource). A descriptor is registered
// once, edge-triggered for both directions, when an operation on it first has to wait, and stays so
// until its source is closed, or is waited for in another runtime: the system call is always tried
// first, and only EAGAIN waits.
//
// No stale event reaches a reused descriptor: the event carries the address of the source, and a
// source that is closed while a batch of events is in hand is freed only after that batch.
#pragma once

#include <cstdint>
#include <memory>

#include "twofold/detail/atomic.hpp"
#include "twofold/detail/file_descriptor.hpp"
#include "twofold/detail/single_threaded.hpp"
#include "twofold/detail/spin_lock.hpp"
#include "twofold/reactor/io_source.hpp"
#include "twofold/reactor/timer_wheel.hpp"

namespace twofold::detail {

class Reactor : public std::enable_shared_from_this<Reactor> {
 public:
  /// Throws std::system_error where the kernel gives no epoll instance or eventfd.
  Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  ~Reactor() { free_closed(); }

  /// Waits until something is ready, notify() is called, or `timeout` nanoseconds have passed (0:
  /// only looks; kNever: for ever), and wakes who waited for it. True: notify() was called
  /// meanwhile.
  bool turn(Nanoseconds timeout) noexcept;

  /// Ends a turn() that waits, or the next one. Any thread.
  void notify() noexcept;

  /// Says that somebody takes turns, or that nobody does any more. Any thread.
  void begin_service() noexcept { served_by_.fetch_add(1, std::memory_order_relaxed); }
  void end_service() noexcept { served_by_.fetch_sub(1, std::memory_order_relaxed); }
  [[nodiscard]] bool is_served() const noexcept {
    return served_by_.load(std::memory_order_relaxed) != 0;
  }

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

  /// Under the lock of `source`, which has no reactor and is not closed. Throws std::system_error.
  void add(IoSource& source);
  void on_event(IoSource& source, bool readable, bool writable) noexcept;
  void wake(const TaskRef& waiter) noexcept;
  /// No event of `source` is looked for any more. Under its lock.
  void remove(IoSource& source) noexcept;
  /// Where a turn may have `source`, which was removed, in its batch: lets go of it afterwards.
  /// False: none has.
  [[nodiscard]] bool free_after_turn(IoSource& source) noexcept;
  /// Returns when a turn that may have a source in its batch, which was removed, is over. Without
  /// the source's lock.
  void finish_turn() noexcept;
  /// A task waits for a descriptor.
  void waits() noexcept {
    if (is_single_threaded()) {
      waiting_.store(waiting_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      waiting_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  /// A task that waited was woken. After the wake: who sees that nothing waits here sees the task
  /// in its queue.
  void waits_no_more() noexcept {
    if (is_single_threaded()) {
      waiting_.store(waiting_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    } else {
      waiting_.fetch_sub(1, std::memory_order_release);
    }
  }

  FileDescriptor epoll_;
  FileDescriptor event_;
  Atomic<std::size_t> registered_{0};
  Atomic<std::size_t> waiting_{0};
  Atomic<bool> in_turn_{false};
  Atomic<unsigned> served_by_{0};
  Atomic<std::uint64_t> turns_{0};
  SpinLock closed_lock_;
  IoSource* closed_ = nullptr;  // sources closed while a batch was in hand
};

}  // namespace twofold::detail
