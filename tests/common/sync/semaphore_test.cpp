#include <twofold/sync/semaphore.hpp>

#include <thread>

#include "sync_test_support.hpp"

using namespace std::chrono_literals;
using twofold::Semaphore;
using twofold::test::abort_all;
using twofold::test::settle;

namespace {

TEST(Semaphore, lets_so_many_in_at_a_time) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Semaphore semaphore(3);
    int inside = 0;
    int most = 0;
    std::vector<twofold::JoinHandle<void>> tasks;
    for (int i = 0; i < 30; ++i) {
      tasks.push_back(twofold::spawn([&]() -> TF_ASYNC(void) {
        const auto permit = TF_AWAIT(semaphore.acquire());
        most = std::max(most, ++inside);
        TF_AWAIT(twofold::yield_now());
        --inside;
        TF_RETURN;
      }));
    }
    for (auto& task : tasks) TF_AWAIT(task);
    EXPECT_EQ(most, 3);
    EXPECT_EQ(semaphore.available(), 3u);
    TF_RETURN;
  });
}

TEST(Semaphore, does_not_let_small_requests_overtake_a_large_one) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Semaphore semaphore(4);
    auto held = TF_AWAIT(semaphore.acquire(2));
    std::vector<int> order;
    auto take = [&](int name, std::size_t count) -> TF_ASYNC(void) {
      const auto permit = TF_AWAIT(semaphore.acquire(count));
      EXPECT_EQ(permit.count(), count);
      order.push_back(name);
      TF_RETURN;
    };
    auto large = twofold::spawn(take, 1, std::size_t{4});
    TF_AWAIT(settle());
    auto small = twofold::spawn(take, 2, std::size_t{1});
    TF_AWAIT(settle());
    EXPECT_TRUE(order.empty());
    EXPECT_FALSE(semaphore.try_acquire().has_value());
    held.release();
    TF_AWAIT(large);
    TF_AWAIT(small);
    EXPECT_EQ(order, (std::vector{1, 2}));
    TF_RETURN;
  });
}

TEST(Semaphore, lets_those_behind_go_on_when_a_large_request_gives_up) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Semaphore semaphore(2);
    auto held = TF_AWAIT(semaphore.acquire());
    auto take = [&](std::size_t count) -> TF_ASYNC(void) {
      const auto permit = TF_AWAIT(semaphore.acquire(count));
      TF_RETURN;
    };
    auto large = twofold::spawn(take, std::size_t{2});
    TF_AWAIT(settle());
    auto small = twofold::spawn(take, std::size_t{1});
    TF_AWAIT(settle());
    EXPECT_FALSE(small.is_finished());
    large.abort();
    TF_AWAIT(small);
    TF_RETURN;
  });
}

TEST(Semaphore, has_all_permits_back_after_ten_thousand_aborted_waiters) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Semaphore semaphore(2);
    std::vector<twofold::JoinHandle<void>> tasks;
    for (int i = 0; i < 10'000; ++i) {
      tasks.push_back(twofold::spawn([&, i]() -> TF_ASYNC(void) {
        const auto permit = TF_AWAIT(semaphore.acquire(i % 2 == 0 ? 1 : 2));
        TF_AWAIT(twofold::pending());
        TF_RETURN;
      }));
    }
    TF_AWAIT(settle());
    TF_AWAIT(abort_all(tasks));
    EXPECT_EQ(semaphore.available(), 2u);
    TF_RETURN;
  });
}

TEST(Semaphore, can_grow_and_shrink) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Semaphore semaphore(0);
    auto waiting = twofold::spawn([&]() -> TF_ASYNC(void) {
      auto permit = TF_AWAIT(semaphore.acquire(100));
      permit.forget();
      TF_RETURN;
    });
    TF_AWAIT(settle());
    semaphore.add_permits(101);
    TF_AWAIT(waiting);
    EXPECT_EQ(semaphore.available(), 1u);
    TF_RETURN;
  });
}

TEST(Semaphore, wakes_many_at_once) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Semaphore semaphore(0);
    std::vector<twofold::JoinHandle<void>> tasks;
    for (int i = 0; i < 100; ++i) {
      tasks.push_back(twofold::spawn([&]() -> TF_ASYNC(void) {
        TF_AWAIT(semaphore.acquire()).forget();
        TF_RETURN;
      }));
    }
    TF_AWAIT(settle());
    semaphore.add_permits(100);
    for (auto& task : tasks) TF_AWAIT(task);
    EXPECT_EQ(semaphore.available(), 0u);
    TF_RETURN;
  });
}

TEST(Semaphore, works_between_two_runtimes_on_two_threads) {
  Semaphore permits(0);
  Semaphore answers(0);
  std::thread other([&]() {
    twofold::block_on([&]() -> TF_ASYNC(void) {
      for (int i = 0; i < 2'000; ++i) {
        TF_AWAIT(permits.acquire()).forget();
        answers.add_permits(1);
      }
      TF_RETURN;
    });
  });
  twofold::block_on([&]() -> TF_ASYNC(void) {
    for (int i = 0; i < 2'000; ++i) {
      permits.add_permits(1);
      TF_AWAIT(answers.acquire()).forget();
    }
    TF_RETURN;
  });
  other.join();
  EXPECT_EQ(permits.available() + answers.available(), 0u);
}

}  // namespace
