#include <twofold/sync/notify.hpp>

#include <atomic>
#include <thread>

#include "sync_test_support.hpp"

using namespace std::chrono_literals;
using twofold::Notify;
using twofold::test::abort_all;
using twofold::test::settle;

namespace {

struct Waiters {
  explicit Waiters(int count) {
    for (int i = 0; i < count; ++i) {
      tasks.push_back(twofold::spawn([this, i]() -> TF_ASYNC(void) {
        TF_AWAIT(notify.notified());
        woken.push_back(i);
        TF_RETURN;
      }));
    }
  }
  Notify notify;
  std::vector<int> woken;
  std::vector<twofold::JoinHandle<void>> tasks;
};

TEST(Notify, stores_one_notification_that_came_before_the_wait) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Notify notify;
    notify.notify_one();
    notify.notify_one();
    TF_AWAIT(notify.notified());
    EXPECT_FALSE(TF_AWAIT(twofold::timeout(1ms, notify.notified())).has_value());
    notify.notify_all();  // nobody waits: nothing is stored
    EXPECT_FALSE(TF_AWAIT(twofold::timeout(1ms, notify.notified())).has_value());
    TF_RETURN;
  });
}

TEST(Notify, wakes_one_at_a_time_in_the_order_of_waiting) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Waiters waiters(3);
    TF_AWAIT(settle());
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(waiters.woken.size(), static_cast<std::size_t>(i));
      waiters.notify.notify_one();
      TF_AWAIT(settle());
    }
    EXPECT_EQ(waiters.woken, (std::vector{0, 1, 2}));
    TF_RETURN;
  });
}

TEST(Notify, wakes_all_who_wait_and_none_who_come_later) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Waiters waiters(100);
    TF_AWAIT(settle());
    waiters.notify.notify_all();
    TF_AWAIT(settle());
    EXPECT_EQ(waiters.woken.size(), 100u);
    EXPECT_FALSE(TF_AWAIT(twofold::timeout(1ms, waiters.notify.notified())).has_value());
    TF_RETURN;
  });
}

TEST(Notify, hands_the_turn_of_an_aborted_waiter_on) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Waiters waiters(2);
    TF_AWAIT(settle());
    waiters.notify.notify_one();
    waiters.tasks[0].abort();  // chosen, and about to run
    TF_AWAIT(waiters.tasks[1]);
    EXPECT_EQ(waiters.woken, (std::vector{1}));

    Waiters alone(1);
    TF_AWAIT(settle());
    alone.notify.notify_one();
    TF_AWAIT(abort_all(alone.tasks));
    TF_AWAIT(alone.notify.notified());  // was stored
    TF_RETURN;
  });
}

TEST(Notify, survives_ten_thousand_aborted_waiters) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Waiters waiters(10'000);
    TF_AWAIT(settle());
    TF_AWAIT(abort_all(waiters.tasks));
    EXPECT_TRUE(waiters.woken.empty());
    waiters.notify.notify_one();
    TF_AWAIT(waiters.notify.notified());
    TF_RETURN;
  });
}

TEST(Notify, works_between_two_runtimes_on_two_threads) {
  for (int round = 0; round < 20; ++round) {
    Notify ping;
    Notify pong;
    std::thread other([&]() {
      twofold::block_on([&]() -> TF_ASYNC(void) {
        for (int i = 0; i < 200; ++i) {
          TF_AWAIT(ping.notified());
          pong.notify_one();
        }
        TF_RETURN;
      });
    });
    twofold::block_on([&]() -> TF_ASYNC(void) {
      for (int i = 0; i < 200; ++i) {
        ping.notify_one();
        TF_AWAIT(pong.notified());
      }
      TF_RETURN;
    });
    other.join();
  }
}

}  // namespace
