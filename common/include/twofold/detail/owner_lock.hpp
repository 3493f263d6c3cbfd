// OwnerLock: a lock that one thread, its owner, takes all the time, and others hardly ever.
//
// Guards a worker's queues and the tasks on it. The owner takes it by a store and a load and gives
// it back by a store, without a read-modify-write and without a fence; others pay for that by a
// heavy_fence(). Biased locking as in Java's (Russell and Detlefs, OOPSLA 2006), but the bias is
// never lost.
//
//   owner    stores "inside", loads "claimed": not claimed, and it is in. Otherwise it steps back
//            until the claim is over.
//   other    claims (one at a time), heavy fence, waits until the owner is not inside.
//
// The races: of the owner's store and the claim at least one is seen by the other side, by Dekker's
// argument; both may be, and then the owner steps back, for whom the other waits. The owner that
// comes back waits without being inside, so nobody waits for anybody who waits.
//
// While the owner sleeps it is "absent", and others need no heavy fence: it says so by a store with
// a full fence behind it, both ways. A claimant that reads "absent" after its claim is ordered
// before the owner's return, which therefore sees the claim.
//
// What happens under it is a few dozen instructions, and never user code. Not recursive. Where the
// kernel has no heavy fence, the owner takes the slow path each time, and does a full fence there.
#pragma once

#include <cstdint>

#include "twofold/detail/heavy_fence.hpp"
#include "twofold/detail/std_sync.hpp"

namespace twofold::detail {

template <class Sync = StdSync>
class OwnerLock {
 public:
  /// The owner is absent. With `needs_fences` both sides do full fences.
  explicit OwnerLock(bool needs_fences = !has_heavy_fence()) noexcept
      : resting_(needs_fences ? kNeedsFence : 0), claims_(resting_) {}
  OwnerLock(const OwnerLock&) = delete;
  OwnerLock& operator=(const OwnerLock&) = delete;

  // ---- the owner ----

  /// Hot path, guarded by the `skynet` workload with two workers.
  void enter() noexcept {
    if (!is_present_.load(std::memory_order_relaxed)) [[unlikely]]
      come_back();
    is_inside_.store(true, std::memory_order_relaxed);
    // Pairs with the heavy fence in claim().
    light_fence();
    // Acquire: pairs with the release in release().
    if (claims_.load(std::memory_order_acquire) != 0) [[unlikely]]
      enter_slow();
  }
  /// Release: pairs with the acquire in claim(), which then sees what was done inside.
  void leave() noexcept { is_inside_.store(false, std::memory_order_release); }

  /// From inside: others need no heavy fence until the owner enters again.
  void go_absent() noexcept { is_present_.store(false, std::memory_order_seq_cst); }

  // ---- others ----

  [[nodiscard]] bool is_present() const noexcept {
    return is_present_.load(std::memory_order_seq_cst);
  }

  /// Waits until no other has it and the owner is not inside.
  void claim() noexcept {
    for (unsigned spins = 0; !try_mark(); ++spins) pause(spins);
    if (is_present()) fence();
    for (unsigned spins = 0; is_inside_.load(std::memory_order_acquire); ++spins) pause(spins);
  }
  /// Where the owner is absent and nobody else has it. False: not claimed.
  [[nodiscard]] bool try_claim_absent() noexcept {
    if (!try_mark()) return false;
    if (is_present()) {
      release();
      return false;
    }
    // The owner may have come back since, and finds the claim.
    for (unsigned spins = 0; is_inside_.load(std::memory_order_acquire); ++spins) pause(spins);
    return true;
  }
  void release() noexcept { claims_.store(resting_, std::memory_order_release); }

 private:
  static constexpr std::uint32_t kClaimed = 1;
  static constexpr std::uint32_t kNeedsFence = 2;

  [[gnu::noinline]] void come_back() noexcept {
    is_present_.store(true, std::memory_order_seq_cst);
    // Pairs with the claim's exchange: whoever still reads "absent" has claimed before.
    Sync::full_fence();
  }

  [[nodiscard]] bool try_mark() noexcept {
    if ((claims_.load(std::memory_order_relaxed) & kClaimed) != 0) return false;
    return (claims_.exchange(resting_ | kClaimed, std::memory_order_seq_cst) & kClaimed) == 0;
  }
  void fence() noexcept { resting_ == 0 ? heavy_fence() : Sync::full_fence(); }
  static void pause(unsigned spins) noexcept { pause_a_while(spins); }

  [[gnu::noinline]] void enter_slow() noexcept {
    for (;;) {
      if (resting_ != 0) Sync::full_fence();
      if ((claims_.load(std::memory_order_acquire) & kClaimed) == 0) return;
      is_inside_.store(false, std::memory_order_release);
      for (unsigned spins = 0; (claims_.load(std::memory_order_relaxed) & kClaimed) != 0; ++spins) {
        pause(spins);
      }
      is_inside_.store(true, std::memory_order_relaxed);
      light_fence();
    }
  }

  const std::uint32_t resting_;
  typename Sync::template Atomic<bool> is_inside_{false};   // written by the owner
  typename Sync::template Atomic<bool> is_present_{false};  // written by the owner
  typename Sync::template Atomic<std::uint32_t> claims_;    // written by others
};

/// The owner is inside for as long as this lives.
template <class Lock>
class [[nodiscard]] Inside {
 public:
  explicit Inside(Lock& lock) noexcept : lock_(lock) { lock_.enter(); }
  ~Inside() { lock_.leave(); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Lock& lock_;
};

}  // namespace twofold::detail
