// IdleWorkers: which workers sleep and how many search, so that no work waits beside a sleeper and
// not everybody wakes for one task.
//
//      running --(finds nothing)--> searching --(still nothing)--> asleep
//         ^                             |   ^                        |
//         +------(finds something)------+   +-------(is woken)-------+
//
// The rule, which is Go's and Tokio's: who makes a task ready wakes one sleeper, but not while
// somebody searches; the last searcher that finds work wakes the next; the last that gives up looks
// at all queues once more after it has gone to sleep. Making ready and giving up are each a store
// followed by a load of what the other stored, with a full fence between (Dekker), so that at least
// one of the two sees the other.
//
// At most half of the workers search at a time. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "twofold/detail/heavy_fence.hpp"
#include "twofold/detail/std_sync.hpp"

namespace twofold::detail {

template <class Sync = StdSync>
class IdleWorkers {
 public:
  static constexpr std::uint32_t kNobody = ~std::uint32_t{0};

  /// All `workers` are awake. Throws std::bad_alloc.
  explicit IdleWorkers(std::uint32_t workers)
      : workers_(workers), state_(has_heavy_fence() ? 0 : kNeedsFence) {
    sleepers_.reserve(workers);
  }

  /// After a task was made ready: the sleeper to wake, which counts as searching from now on;
  /// kNobody where none is needed.
  [[nodiscard]] std::uint32_t pick_sleeper() noexcept {
    // Pairs with the fence in go_to_sleep().
    Sync::full_fence();
    if (!needs_one_more(state_.load(std::memory_order_relaxed))) return kNobody;
    const std::lock_guard held(lock_);
    if (!needs_one_more(state_.load(std::memory_order_relaxed)) || sleepers_.empty()) {
      return kNobody;
    }
    const std::uint32_t worker = sleepers_.back();
    sleepers_.pop_back();
    state_.fetch_sub(kAsleep - kSearching, std::memory_order_seq_cst);
    return worker;
  }

  /// False: all are busy, so that pick_sleeper() is not worth its fence. For a worker that has put
  /// work into its own queue, and whom the last searcher orders itself with by a heavy fence.
  [[nodiscard]] bool is_anyone_idle() const noexcept {
    // Pairs with the heavy fence between go_to_sleep() and the look at all queues.
    light_fence();
    return state_.load(std::memory_order_relaxed) != 0;
  }
  /// Likewise where there is none.
  [[nodiscard]] bool may_need_one_more() const noexcept {
    light_fence();
    if ((state_.load(std::memory_order_relaxed) & kNeedsFence) != 0) Sync::full_fence();
    return needs_one_more(state_.load(std::memory_order_relaxed));
  }

  /// A worker without work asks to search. False: enough do.
  [[nodiscard]] bool begin_search() noexcept {
    if (2 * searching(state_.load(std::memory_order_relaxed)) >= workers_) return false;
    state_.fetch_add(kSearching, std::memory_order_seq_cst);
    return true;
  }

  /// A searcher has found work. True: it was the last one, and must have another worker woken.
  [[nodiscard]] bool end_search() noexcept {
    return searching(state_.fetch_sub(kSearching, std::memory_order_seq_cst)) == 1;
  }

  /// Puts a worker among the sleepers; it then waits for being woken. True: it was the last
  /// searcher, and must look at all queues once more now, and have a worker woken if there is work.
  [[nodiscard]] bool go_to_sleep(std::uint32_t worker, bool is_searching) noexcept {
    std::uint32_t before = 0;
    {
      const std::lock_guard held(lock_);
      before =
          state_.fetch_add(kAsleep - (is_searching ? kSearching : 0), std::memory_order_seq_cst);
      sleepers_.push_back(worker);  // there is room for all
    }
    // Pairs with the fence in pick_sleeper().
    Sync::full_fence();
    return is_searching && searching(before) == 1;
  }

  /// A worker has come out of its sleep; it counts as searching now, whoever woke it.
  void wake_up(std::uint32_t worker) noexcept {
    const std::lock_guard held(lock_);
    for (std::uint32_t& sleeper : sleepers_) {
      if (sleeper != worker) continue;
      sleeper = sleepers_.back();
      sleepers_.pop_back();
      state_.fetch_sub(kAsleep - kSearching, std::memory_order_seq_cst);
      return;
    }
  }

  [[nodiscard]] bool all_asleep() const noexcept {
    return asleep(state_.load(std::memory_order_seq_cst)) == workers_;
  }
  /// Whether no more than `count` are awake.
  [[nodiscard]] bool are_awake_at_most(std::uint32_t count) const noexcept {
    return workers_ - asleep(state_.load(std::memory_order_seq_cst)) <= count;
  }

 private:
  // Of state_: two counts, and a mark.
  static constexpr std::uint32_t kSearching = 1;
  static constexpr std::uint32_t kAsleep = 1 << 16;
  static constexpr std::uint32_t kNeedsFence = 1U << 31U;  // for good: see may_need_one_more()

  [[nodiscard]] static std::uint32_t searching(std::uint32_t state) noexcept {
    return state % kAsleep;
  }
  [[nodiscard]] static std::uint32_t asleep(std::uint32_t state) noexcept {
    return (state & ~kNeedsFence) / kAsleep;
  }
  [[nodiscard]] static bool needs_one_more(std::uint32_t state) noexcept {
    return searching(state) == 0 && asleep(state) != 0;
  }

  const std::uint32_t workers_;
  // How many are asleep, how many search. Read all the time, written when somebody falls asleep.
  alignas(64) typename Sync::template Atomic<std::uint32_t> state_;
  alignas(64) typename Sync::Lock lock_;
  std::vector<std::uint32_t> sleepers_;
};

}  // namespace twofold::detail
