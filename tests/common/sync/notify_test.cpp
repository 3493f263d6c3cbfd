#include <twofold/sync/notify.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "sync_test_support.hpp"

using namespace std::chrono_literals;
using twofold::Notify;
using twofold::test::abort_all;
using twofold::test::settle;

namespace {

// Begins to wait, and does not go on to wait.
struct Begin {
  using Output = twofold::Unit;
  twofold::Poll<twofold::Unit> poll(twofold::Context& context) {
    EXPECT_TRUE(future->poll(context).is_pending());
    return twofold::Ready();
  }

  twofold::Notified* future;
};

// Between two batches of tasks that notify_all() wakes: lets another thread destroy what it likes.
class Gap {
 public:
  explicit Gap(std::atomic<int>& step) noexcept : step_(&step) {}
  Gap(Gap&& other) noexcept : step_(std::exchange(other.step_, nullptr)) {}
  Gap& operator=(Gap&&) = delete;
  ~Gap() {
    if (step_ == nullptr) return;
    step_->store(kBegun);
    const auto end = std::chrono::steady_clock::now() + 20ms;
    while (step_->load() != kDestroyed && std::chrono::steady_clock::now() < end) {
    }
    EXPECT_EQ(step_->load(), kBegun) << "the one who notifies comes back to it";
  }

  static constexpr int kBegun = 1;
  static constexpr int kDestroyed = 2;

 private:
  std::atomic<int>* step_;
};

// Sixteen are woken at a time. The first of these is a task that is over, whose result goes with
// it; by then the last is still to be woken, gives up, and nobody waits any more.
TEST(Notify, is_destroyed_only_after_who_notifies_is_done_with_it) {
  constexpr std::size_t kWaits = 17;
  std::atomic<int> step{0};
  auto notify = std::make_unique<Notify>();
  std::array<std::optional<twofold::Notified>, kWaits> waits;
  for (auto& wait : waits) wait.emplace(notify->notified());
  std::thread other([&] {
    while (step.load() != Gap::kBegun) std::this_thread::yield();
    for (auto& wait : waits) wait.reset();
    notify.reset();
    step.store(Gap::kDestroyed);
  });
  twofold::block_on([&]() -> TF_ASYNC(void) {
    twofold::spawn([&]() -> TF_ASYNC(Gap) {
      TF_AWAIT(Begin{&*waits.front()});
      TF_RETURN Gap(step);
    });
    TF_AWAIT(settle());
    for (std::size_t i = 1; i < kWaits; ++i) TF_AWAIT(Begin{&*waits[i]});
    notify->notify_all();
    TF_RETURN;
  });
  other.join();
  EXPECT_EQ(step.load(), Gap::kDestroyed);
}

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
