// Mutex: one task at a time, also across suspensions.
//
//     const twofold::MutexGuard guard = TF_AWAIT(mutex.lock());
//
// Unlike an OS mutex it may be held while its holder waits for something, and it may be unlocked on
// another thread. Fair: tasks get it in the order in which they asked. Not recursive.
//
// Cancelling lock() loses the place in the queue, nothing else: where the mutex had just been given
// to it, it goes to the next.
#pragma once

#include <optional>
#include <utility>

#include "twofold/future.hpp"
#include "twofold/sync/detail/permit_pool.hpp"

namespace twofold {

class Mutex;

/// Holds a mutex, and unlocks it when it is destroyed. Move-only. May be moved to and destroyed on
/// any thread.
class [[nodiscard]] MutexGuard {
 public:
  MutexGuard(MutexGuard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
  MutexGuard& operator=(MutexGuard&& other) noexcept {
    MutexGuard old(std::move(*this));
    mutex_ = std::exchange(other.mutex_, nullptr);
    return *this;
  }
  ~MutexGuard() { unlock(); }

  /// Unlocks it now. Nothing happens where this holds nothing.
  inline void unlock() noexcept;
  /// Whether this holds the mutex.
  explicit operator bool() const noexcept { return mutex_ != nullptr; }

 private:
  friend class Mutex;
  friend class MutexLock;
  explicit MutexGuard(Mutex& mutex) noexcept : mutex_(&mutex) {}

  Mutex* mutex_;
};

/// Ready with the guard. Made by Mutex::lock.
class [[nodiscard]] MutexLock {
 public:
  using Output = MutexGuard;

  inline explicit MutexLock(Mutex& mutex) noexcept;
  inline Poll<MutexGuard> poll(Context& context) noexcept;

 private:
  Mutex* mutex_;
  detail::PermitRequest request_;
};

/// Thread-safe. Must outlive its guards and lock futures.
class Mutex {
 public:
  Mutex() noexcept = default;

  /// Waits until the mutex is free and gives a guard that holds it. No allocation; uncontended, two
  /// atomic exchanges for lock and unlock.
  MutexLock lock() noexcept { return MutexLock(*this); }
  /// A guard if the mutex is free and nobody waits for it.
  [[nodiscard]] std::optional<MutexGuard> try_lock() noexcept {
    if (!permit_.try_acquire(1)) return std::nullopt;
    return MutexGuard(*this);
  }

 private:
  friend class MutexGuard;
  friend class MutexLock;

  detail::PermitPool permit_{1};
};

inline void MutexGuard::unlock() noexcept {
  if (mutex_ != nullptr) std::exchange(mutex_, nullptr)->permit_.release(1);
}

inline MutexLock::MutexLock(Mutex& mutex) noexcept : mutex_(&mutex), request_(mutex.permit_, 1) {}

inline Poll<MutexGuard> MutexLock::poll(Context& context) noexcept {
  if (!request_.poll(context.task())) {
    context.task().set_waits_for(detail::WaitsFor::kMutex);
    return Pending;
  }
  return Poll<MutexGuard>(std::in_place, MutexGuard(*mutex_));
}

}  // namespace twofold
