// RwLock: many readers or one writer at a time, also across suspensions.
//
//     const auto reading = TF_AWAIT(lock.read());
//     const auto writing = TF_AWAIT(lock.write());
//
// Fair: in the order in which they came, so that a waiting writer holds back the readers behind it
// and is not starved. A reader that asks again while it reads can therefore deadlock with a writer
// in between.
//
// Cancelling read() or write() loses the place in the queue, nothing else; readers behind a writer
// that gave up go on at once.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "twofold/future.hpp"
#include "twofold/sync/semaphore.hpp"

namespace twofold {

/// Thread-safe. Must outlive its guards and futures.
class RwLock {
  // More than there can be readers: a writer takes all of them.
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max() / 2;

  /// What readers and writers hold; the parameter keeps the two apart.
  template <std::size_t kPermits>
  class [[nodiscard]] Guard {
   public:
    Guard(Guard&&) noexcept = default;
    Guard& operator=(Guard&&) noexcept = default;

    /// Unlocks it now.
    void unlock() noexcept { permit_.release(); }
    /// Whether this holds the lock.
    explicit operator bool() const noexcept { return permit_.count() != 0; }

   private:
    friend class RwLock;
    explicit Guard(SemaphorePermit permit) noexcept : permit_(std::move(permit)) {}

    SemaphorePermit permit_;
  };

  template <std::size_t kPermits>
  class [[nodiscard]] Acquire {
   public:
    using Output = Guard<kPermits>;

    explicit Acquire(Semaphore& permits) noexcept : acquire_(permits.acquire(kPermits)) {}

    Poll<Output> poll(Context& context) noexcept {
      auto answer = acquire_.poll(context);
      if (answer.is_pending()) {
        context.task().set_waits_for(kPermits == 1 ? detail::WaitsFor::kReadLock
                                                   : detail::WaitsFor::kWriteLock);
        return Pending;
      }
      return Poll<Output>(std::in_place, Output(std::move(answer).value()));
    }

   private:
    SemaphoreAcquire acquire_;
  };

 public:
  /// Holds the lock together with other readers, or alone; unlocks it when it is destroyed.
  /// Move-only; on any thread.
  using ReadGuard = Guard<1>;
  using WriteGuard = Guard<kAll>;

  RwLock() noexcept = default;

  /// Waits until no writer holds or waited for the lock before. No allocation.
  Acquire<1> read() noexcept { return Acquire<1>(permits_); }
  /// Waits until nobody holds the lock. No allocation.
  Acquire<kAll> write() noexcept { return Acquire<kAll>(permits_); }
  /// The guard if that needs no waiting.
  [[nodiscard]] std::optional<ReadGuard> try_read() noexcept { return try_acquire<1>(); }
  [[nodiscard]] std::optional<WriteGuard> try_write() noexcept { return try_acquire<kAll>(); }

 private:
  template <std::size_t kPermits>
  std::optional<Guard<kPermits>> try_acquire() noexcept {
    std::optional<SemaphorePermit> permit = permits_.try_acquire(kPermits);
    if (!permit.has_value()) return std::nullopt;
    return Guard<kPermits>(std::move(*permit));
  }

  Semaphore permits_{kAll};
};

}  // namespace twofold
