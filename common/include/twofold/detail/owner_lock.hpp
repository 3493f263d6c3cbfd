// OwnerLock: a lock that one thread, its owner, takes all the time, and others hardly ever.
//
// Guards a worker's queues and the tasks on it. The owner takes it by a store and a load and gives
// it back by a store, without a read-modify-write and without a fence; others pay for that by a
// heavy_fence(). Biased locking as in Java's (Russell and Detlefs, OOPSLA 2006), but the bias is
// never lost.
//
//   owner    stores "inside", loads "claimed": not claimed, and it is in. Otherwise it steps back,
//            says that it has seen the claim, and waits until that is over.
//   other    claims (one at a time), and waits for a moment: an owner that enters all the time sees
//            the claim at once. One that does not gets a heavy fence, after which the other waits
//            until it is not inside.
//
// The races: of the owner's store and the claim at least one is seen by the other side, by Dekker's
// argument; both may be, and then the owner steps back, for whom the other waits. The owner that
// comes back waits without being inside, so nobody waits for anybody who waits.
//
// While the owner sleeps it is "absent", and others need no heavy fence. The mark of that lies in
// the same word as the claim, so that the owner looks at one, and each side changes it by a
// read-modify-write: a claimant that finds the mark is ordered before the owner's return, which
// therefore finds the claim.
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
  /// The owner is absent. With `needs_fences` both sides do full fences, and it is slowed down.
  explicit OwnerLock(bool needs_fences = !has_heavy_fence()) noexcept
      : marks_(kAbsent | (needs_fences ? kNeedsFence : 0)) {}
  OwnerLock(const OwnerLock&) = delete;
  OwnerLock& operator=(const OwnerLock&) = delete;

  // ---- the owner ----

  void enter() noexcept {
    if (!try_enter()) [[unlikely]]
      enter_slow();
  }
  /// False: not at once, or not any more (slow_down()); enter() is to follow then. Hot path,
  /// guarded by the `skynet` workload with two workers.
  [[nodiscard, gnu::always_inline]] inline bool try_enter() noexcept {
    is_inside_.store(true, std::memory_order_relaxed);
    // Pairs with the heavy fence in claim().
    light_fence();
    // Acquire: pairs with the release in release().
    return marks_.load(std::memory_order_acquire) == 0;
  }
  /// Release: pairs with the acquire in claim(), which then sees what was done inside.
  void leave() noexcept { is_inside_.store(false, std::memory_order_release); }

  /// From inside: others need no heavy fence until the owner enters again.
  void go_absent() noexcept { marks_.fetch_or(kAbsent, std::memory_order_seq_cst); }

  // ---- others ----

  [[nodiscard]] bool is_present() const noexcept {
    return (marks_.load(std::memory_order_seq_cst) & kAbsent) == 0;
  }

  /// Waits until no other has it and the owner is not inside.
  void claim() noexcept {
    std::uint32_t before = try_mark();
    for (unsigned spins = 0; (before & kClaimed) != 0; ++spins) {
      pause_a_while(spins);
      before = try_mark();
    }
    if ((before & kAbsent) == 0) {
      if (is_seen_soon()) return;
      (before & kNeedsFence) == 0 ? heavy_fence() : Sync::full_fence();
    }
    wait_until_outside();
  }
  /// True: what the owner does inside from now on comes after what this thread has done, and what
  /// it did there before is seen, as after a heavy fence. False: it has not come by so soon.
  [[nodiscard]] bool meet() noexcept {
    const std::uint32_t before = try_mark();
    if ((before & kClaimed) != 0) return false;
    const bool is_met = (before & kAbsent) != 0 || is_seen_soon();
    release();
    return is_met;
  }
  /// Where the owner is absent and nobody else has it. False: not claimed.
  [[nodiscard]] bool try_claim_absent() noexcept {
    std::uint32_t before = marks_.load(std::memory_order_relaxed);
    if ((before & (kAbsent | kClaimed)) != kAbsent ||
        !marks_.compare_exchange_strong(before, before | kClaimed, std::memory_order_seq_cst)) {
      return false;
    }
    // The owner may have come back since, and finds the claim.
    wait_until_outside();
    return true;
  }
  /// From inside, by another: try_enter() is false from now on, for the owner has more to do each
  /// time than on its usual way.
  void slow_down() noexcept { marks_.fetch_or(kNeedsFence, std::memory_order_relaxed); }
  void release() noexcept { marks_.fetch_and(~(kClaimed | kSeen), std::memory_order_release); }

 private:
  static constexpr std::uint32_t kClaimed = 1;     // by another
  static constexpr std::uint32_t kAbsent = 2;      // set and cleared by the owner
  static constexpr std::uint32_t kNeedsFence = 4;  // for good
  static constexpr std::uint32_t kSeen = 8;        // the claim, by the owner, who waits for its end

  /// What the marks were; claimed now, unless they were.
  [[nodiscard]] std::uint32_t try_mark() noexcept {
    const std::uint32_t before = marks_.load(std::memory_order_relaxed);
    return (before & kClaimed) != 0 ? before : marks_.fetch_or(kClaimed, std::memory_order_seq_cst);
  }
  [[nodiscard]] bool is_seen_soon() const noexcept {
    for (unsigned round = 0; round < kRoundsToAsk; ++round) {
      // Acquire: pairs with the release in enter_slow().
      if ((marks_.load(std::memory_order_acquire) & kSeen) != 0) return true;
      pause_a_while(0);
    }
    return false;
  }
  void wait_until_outside() const noexcept {
    for (unsigned spins = 0; is_inside_.load(std::memory_order_acquire); ++spins) {
      pause_a_while(spins);
    }
  }

  [[gnu::noinline]] void enter_slow() noexcept {
    for (;;) {
      if ((marks_.load(std::memory_order_relaxed) & kNeedsFence) != 0) Sync::full_fence();
      std::uint32_t marks = marks_.load(std::memory_order_acquire);
      if ((marks & kAbsent) != 0) marks = marks_.fetch_and(~kAbsent, std::memory_order_seq_cst);
      if ((marks & kClaimed) == 0) return;
      is_inside_.store(false, std::memory_order_release);
      for (unsigned spins = 0; (marks & kClaimed) != 0; ++spins) {
        if ((marks & kSeen) == 0) {
          marks_.compare_exchange_strong(marks, marks | kSeen, std::memory_order_acq_rel);
        } else {
          pause_a_while(spins);
        }
        marks = marks_.load(std::memory_order_relaxed);
      }
      is_inside_.store(true, std::memory_order_relaxed);
      light_fence();
    }
  }

  typename Sync::template Atomic<bool> is_inside_{false};  // written by the owner
  typename Sync::template Atomic<std::uint32_t> marks_;
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
