// SpinLock: guards a few instructions of a structure that several workers share.
//
// Uncontended, it costs one atomic exchange and one store. Nothing that may block, allocate, call
// user code or suspend happens under it.
#pragma once

#include <atomic>

namespace twofold::detail {

class SpinLock {
 public:
  void lock() noexcept {
    // Acquire: pairs with the release in unlock(), so that the last holder's writes are seen.
    if (held_.exchange(true, std::memory_order_acquire)) [[unlikely]]
      lock_slow();
  }
  [[nodiscard]] bool try_lock() noexcept {
    return !held_.load(std::memory_order_relaxed) &&
           !held_.exchange(true, std::memory_order_acquire);
  }
  void unlock() noexcept { held_.store(false, std::memory_order_release); }

 private:
  void lock_slow() noexcept;

  std::atomic<bool> held_{false};
};

}  // namespace twofold::detail
