// IdleWorkers with Parker and OwnerLock under every schedule: no work waits beside a sleeper.
//
// The workers here do what Worker::run and Workers::sleep do, over the same parts, without tasks
// and without a reactor; workers_test.cpp runs the whole.
#include "twofold/executor/idle_workers.hpp"

#include <array>

#include "model_test.hpp"
#include "twofold/detail/futex.hpp"
#include "twofold/detail/owner_lock.hpp"
#include "twofold/executor/parker.hpp"

namespace twofold::model {
namespace {

using detail::Atomic;
using detail::Parker;

template <class Idle, std::uint32_t kWorkers>
class Pool {
 public:
  explicit Pool(std::uint32_t items) : items_(items) {}

  void work(std::uint32_t self) {
    bool searches = false;
    while (done_.load() < items_) {
      if (take(self, searches)) {
        if (std::exchange(searches, false) && idle_.end_search()) wake_one();
        // The last one lets everybody go home.
        if (done_.fetch_add(1) + 1 == items_) unpark_all();
      } else {
        sleep(self, searches);
        searches = true;
      }
    }
  }

  /// From outside.
  void give() {
    injected_.fetch_add(1);
    wake_one();
  }
  /// By a worker, into its own queue.
  void spawn(std::uint32_t self) {
    put(self, 1);
    if (idle_.is_anyone_idle() && idle_.may_need_one_more()) wake_one();
  }

 private:
  bool take(std::uint32_t self, bool& searches) {
    if (take_own(self) || take_injected()) return true;
    if (!searches && !idle_.begin_search()) return false;
    searches = true;
    for (std::uint32_t i = 0; i < kWorkers; ++i) {
      if (i == self) continue;
      if (queues_[i].items == 0) continue;  // a glance
      queues_[i].lock.claim();
      const std::uint32_t count = (queues_[i].items + 1) / 2;
      queues_[i].items -= count;
      queues_[i].lock.release();
      if (count == 0) continue;
      put(self, count - 1);
      return true;
    }
    return take_injected();
  }
  bool take_own(std::uint32_t self) {
    const Inside inside(queues_[self].lock);
    if (queues_[self].items == 0) return false;
    --queues_[self].items;
    return true;
  }
  void put(std::uint32_t self, std::uint32_t items) {
    const Inside inside(queues_[self].lock);
    queues_[self].items += items;
  }
  bool take_injected() {
    std::uint32_t there = injected_.load();
    while (there != 0) {
      if (injected_.compare_exchange_strong(there, there - 1)) return true;
    }
    return false;
  }
  [[nodiscard]] bool has_work() const {
    if (injected_.load() != 0) return true;
    for (const auto& queue : queues_) {
      if (queue.items != 0) return true;
    }
    return false;
  }
  void sleep(std::uint32_t self, bool searches) {
    {
      const Inside inside(queues_[self].lock);
      queues_[self].lock.go_absent();
    }
    if (idle_.go_to_sleep(self, searches) && has_work()) wake_one();
    if (parkers_[self].prepare(Parker<>::kOnFutex)) {
      while (parkers_[self].word().load() == Parker<>::kOnFutex) {
        detail::futex_wait(parkers_[self].word(), Parker<>::kOnFutex);
      }
      parkers_[self].finish();
    }
    idle_.wake_up(self);
  }
  void wake_one() {
    const std::uint32_t sleeper = idle_.pick_sleeper();
    if (sleeper != Idle::kNobody) unpark(sleeper);
  }
  void unpark(std::uint32_t worker) {
    if (parkers_[worker].unpark() == Parker<>::kOnFutex) {
      detail::futex_wake_one(parkers_[worker].word());
    }
  }
  void unpark_all() {
    for (std::uint32_t i = 0; i < kWorkers; ++i) unpark(i);
  }

  using Inside = detail::Inside<detail::OwnerLock<>>;
  struct Queue {
    detail::OwnerLock<> lock;
    std::uint32_t items = 0;
  };
  const std::uint32_t items_;
  Idle idle_{kWorkers};
  std::array<Parker<>, kWorkers> parkers_;
  std::array<Queue, kWorkers> queues_;
  Atomic<std::uint32_t> injected_{0};
  Atomic<std::uint32_t> done_{0};
};

template <class Idle>
void one_worker_and_a_giver(std::uint32_t items) {
  Pool<Idle, 1> pool(items);
  Thread worker("worker", [&] { pool.work(0); });
  for (std::uint32_t i = 0; i < items; ++i) pool.give();
  worker.join();
}

TEST(IdleWorkers, ASleeperIsWokenForWorkFromOutside) {
  expect_none_fails({.preemptions = 3}, [] { one_worker_and_a_giver<detail::IdleWorkers<>>(2); });
}

TEST(IdleWorkers, TwoSleepersAreWokenForWorkFromOutside) {
  expect_none_fails({.preemptions = 2}, [] {
    Pool<detail::IdleWorkers<>, 2> pool(2);
    Thread first("worker 0", [&] { pool.work(0); });
    Thread second("worker 1", [&] { pool.work(1); });
    pool.give();
    pool.give();
    first.join();
    second.join();
  });
}

TEST(IdleWorkers, AnotherWorkerTakesWhatOneCannotCarryOut) {
  // The first worker never looks at its queue: only the second can take what lies there.
  expect_none_fails({.preemptions = 3}, [] {
    Pool<detail::IdleWorkers<>, 2> pool(1);
    Thread second("worker 1", [&] { pool.work(1); });
    pool.spawn(0);
    second.join();
  });
}

/// Forgets that the last searcher must look once more when it is asleep.
class Forgetful : public detail::IdleWorkers<> {
 public:
  using IdleWorkers<>::IdleWorkers;
  [[nodiscard]] bool go_to_sleep(std::uint32_t worker, bool is_searching) noexcept {
    (void)IdleWorkers<>::go_to_sleep(worker, is_searching);
    return false;
  }
};

TEST(IdleWorkers, PlantedSearcherThatDoesNotLookOnceMoreIsFound) {
  expect_found({}, [] { one_worker_and_a_giver<Forgetful>(1); });
}

TEST(IdleWorkers, PlantedCountInTwoStepsIsFound) {
  expect_found({.torn = Op::kFetchSub}, [] {
    Pool<detail::IdleWorkers<>, 2> pool(2);
    Thread first("worker 0", [&] { pool.work(0); });
    Thread second("worker 1", [&] { pool.work(1); });
    pool.give();
    pool.give();
    first.join();
    second.join();
  });
}

}  // namespace
}  // namespace twofold::model
