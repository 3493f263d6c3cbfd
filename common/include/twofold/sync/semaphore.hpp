// Semaphore: at most so many at a time.
//
//     const twofold::SemaphorePermit permit = TF_AWAIT(semaphore.acquire());
//
// Fair: requests are served in the order in which they came; one for many permits holds back those
// behind it until it is served.
//
// Cancelling acquire() loses the place in the queue, nothing else: permits that had just been given
// to it go to the next.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "twofold/future.hpp"
#include "twofold/sync/detail/permit_pool.hpp"

namespace twofold {

/// Holds permits, and gives them back when it is destroyed. Move-only; on any thread.
class [[nodiscard]] SemaphorePermit {
 public:
  SemaphorePermit(SemaphorePermit&& other) noexcept
      : pool_(other.pool_), count_(std::exchange(other.count_, 0)) {}
  SemaphorePermit& operator=(SemaphorePermit&& other) noexcept {
    SemaphorePermit old(std::move(*this));
    pool_ = other.pool_;
    count_ = std::exchange(other.count_, 0);
    return *this;
  }
  ~SemaphorePermit() { release(); }

  /// How many permits this holds.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// Gives them back now.
  void release() noexcept {
    if (count_ != 0) pool_->release(std::exchange(count_, 0));
  }
  /// Never gives them back: the semaphore has fewer permits from now on.
  void forget() noexcept { count_ = 0; }

 private:
  friend class Semaphore;
  friend class SemaphoreAcquire;
  SemaphorePermit(detail::PermitPool& pool, std::size_t count) noexcept
      : pool_(&pool), count_(count) {}

  detail::PermitPool* pool_;
  std::size_t count_;
};

/// Ready with the permit. Made by Semaphore::acquire.
class [[nodiscard]] SemaphoreAcquire {
 public:
  using Output = SemaphorePermit;

  SemaphoreAcquire(detail::PermitPool& pool, std::size_t count) noexcept
      : pool_(&pool), count_(count), request_(pool, count) {}

  Poll<SemaphorePermit> poll(Context& context) noexcept {
    if (!request_.poll(context.task())) {
      context.task().set_waits_for(detail::WaitsFor::kSemaphore);
      return Pending;
    }
    return Poll<SemaphorePermit>(std::in_place, SemaphorePermit(*pool_, count_));
  }

 private:
  detail::PermitPool* pool_;
  std::size_t count_;
  detail::PermitRequest request_;
};

/// Thread-safe. Must outlive its permits and acquire futures.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) noexcept : pool_(permits) {}

  /// Waits for `count` permits, and gives them as one guard. More than there will ever be: waits
  /// for ever. No allocation.
  SemaphoreAcquire acquire(std::size_t count = 1) noexcept {
    return SemaphoreAcquire(pool_, count);
  }
  /// The permits if they are free and nobody waits.
  [[nodiscard]] std::optional<SemaphorePermit> try_acquire(std::size_t count = 1) noexcept {
    if (!pool_.try_acquire(count)) return std::nullopt;
    return SemaphorePermit(pool_, count);
  }
  /// Adds permits to the semaphore.
  void add_permits(std::size_t count) noexcept { pool_.release(count); }
  /// Permits that are free at this moment.
  [[nodiscard]] std::size_t available() const noexcept { return pool_.free(); }

 private:
  detail::PermitPool pool_;
};

}  // namespace twofold
