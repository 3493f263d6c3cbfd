#include <twofold/sync/mutex.hpp>

#include <random>
#include <thread>

#include "sync_test_support.hpp"

using namespace std::chrono_literals;
using twofold::Mutex;
using twofold::test::abort_all;
using twofold::test::settle;

namespace {

static_assert(sizeof(twofold::MutexGuard) == sizeof(void*));
static_assert(sizeof(twofold::MutexLock) <= 7 * sizeof(void*));

TEST(Mutex, keeps_others_out_across_suspensions) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Mutex mutex;
    int inside = 0;
    std::vector<twofold::JoinHandle<void>> tasks;
    for (int i = 0; i < 20; ++i) {
      tasks.push_back(twofold::spawn([&]() -> TF_ASYNC(void) {
        for (int round = 0; round < 10; ++round) {
          const auto guard = TF_AWAIT(mutex.lock());
          EXPECT_EQ(inside++, 0);
          TF_AWAIT(twofold::yield_now());
          EXPECT_EQ(--inside, 0);
        }
        TF_RETURN;
      }));
    }
    for (auto& task : tasks) TF_AWAIT(task);
    EXPECT_TRUE(mutex.try_lock().has_value());
    TF_RETURN;
  });
}

TEST(Mutex, is_given_in_the_order_of_asking_and_skips_those_who_gave_up) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Mutex mutex;
    std::vector<int> order;
    std::vector<twofold::JoinHandle<void>> tasks;
    {
      const auto guard = TF_AWAIT(mutex.lock());
      for (int i = 0; i < 9; ++i) {
        tasks.push_back(twofold::spawn([&, i]() -> TF_ASYNC(void) {
          const auto mine = TF_AWAIT(mutex.lock());
          order.push_back(i);
          TF_RETURN;
        }));
        TF_AWAIT(settle());
      }
      for (std::size_t i = 0; i < 9; i += 2) tasks[i].abort();
      TF_AWAIT(settle());
      EXPECT_FALSE(mutex.try_lock().has_value());
    }
    for (auto& task : tasks) {
      while (!task.is_finished()) TF_AWAIT(twofold::yield_now());
    }
    EXPECT_EQ(order, (std::vector{1, 3, 5, 7}));
    TF_RETURN;
  });
}

TEST(Mutex, goes_to_the_next_when_the_one_it_was_given_to_is_aborted) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Mutex mutex;
    int got = 0;
    auto guard = TF_AWAIT(mutex.lock());
    auto take = [&]() -> TF_ASYNC(void) {
      const auto mine = TF_AWAIT(mutex.lock());
      ++got;
      TF_RETURN;
    };
    auto first = twofold::spawn(take);
    TF_AWAIT(settle());
    auto second = twofold::spawn(take);
    TF_AWAIT(settle());
    guard.unlock();  // given to the first, which is about to run
    EXPECT_FALSE(guard);
    first.abort();
    TF_AWAIT(second);
    EXPECT_TRUE(first.is_finished());
    EXPECT_EQ(got, 1);
    EXPECT_TRUE(mutex.try_lock().has_value());
    TF_RETURN;
  });
}

TEST(Mutex, survives_ten_thousand_aborted_waiters) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Mutex mutex;
    std::vector<twofold::JoinHandle<void>> tasks;
    {
      const auto guard = TF_AWAIT(mutex.lock());
      for (int i = 0; i < 10'000; ++i) {
        tasks.push_back(twofold::spawn([&]() -> TF_ASYNC(void) {
          const auto mine = TF_AWAIT(mutex.lock());
          TF_RETURN;
        }));
      }
      TF_AWAIT(settle());
      TF_AWAIT(abort_all(tasks));
    }
    EXPECT_TRUE(mutex.try_lock().has_value());
    TF_RETURN;
  });
}

TEST(Mutex, is_not_lost_when_locking_races_with_short_timers) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Mutex mutex;
    int inside = 0;
    std::vector<twofold::JoinHandle<void>> tasks;
    for (unsigned seed = 1; seed <= 4; ++seed) {
      tasks.push_back(twofold::spawn([&, seed]() -> TF_ASYNC(void) {
        std::minstd_rand random(seed);
        for (int round = 0; round < 300; ++round) {
          auto guard =
              TF_AWAIT(twofold::timeout(std::chrono::microseconds(random() % 50), mutex.lock()));
          if (!guard.has_value()) continue;
          EXPECT_EQ(inside++, 0);
          TF_AWAIT(twofold::sleep(std::chrono::microseconds(random() % 50)));
          --inside;
        }
        TF_RETURN;
      }));
    }
    for (auto& task : tasks) TF_AWAIT(task);
    EXPECT_TRUE(mutex.try_lock().has_value());
    TF_RETURN;
  });
}

TEST(Mutex, works_between_two_runtimes_on_two_threads) {
  Mutex mutex;
  long count = 0;
  auto work = [&]() {
    twofold::block_on([&]() -> TF_ASYNC(void) {
      for (int i = 0; i < 20'000; ++i) {
        const auto guard = TF_AWAIT(mutex.lock());
        ++count;
        if (i % 16 == 0) TF_AWAIT(twofold::yield_now());
      }
      TF_RETURN;
    });
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(count, 40'000);
}

}  // namespace
