#include <twofold/sync/barrier.hpp>

#include <array>
#include <optional>
#include <thread>
#include <utility>

#include "sync_test_support.hpp"

using namespace std::chrono_literals;
using twofold::Barrier;
using twofold::test::abort_all;
using twofold::test::settle;

namespace {

TEST(Barrier, lets_all_go_on_together_with_one_leader_each_round) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    constexpr int kTasks = 40;
    Barrier barrier(kTasks);
    int arrived = 0;
    int leaders = 0;
    std::vector<twofold::JoinHandle<void>> tasks;
    for (int i = 0; i < kTasks; ++i) {
      tasks.push_back(twofold::spawn([&]() -> TF_ASYNC(void) {
        for (int round = 1; round <= 5; ++round) {
          ++arrived;
          if (TF_AWAIT(barrier.wait())) ++leaders;
          EXPECT_GE(arrived, round * kTasks);
        }
        TF_RETURN;
      }));
    }
    for (auto& task : tasks) TF_AWAIT(task);
    EXPECT_EQ(leaders, 5);
    TF_RETURN;
  });
}

TEST(Barrier, for_one_task_never_waits) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Barrier barrier(1);
    EXPECT_TRUE(TF_AWAIT(barrier.wait()));
    EXPECT_TRUE(TF_AWAIT(barrier.wait()));
    TF_RETURN;
  });
}

TEST(Barrier, does_not_count_those_who_gave_up) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    Barrier barrier(2);
    std::vector<twofold::JoinHandle<bool>> tasks;
    for (int i = 0; i < 10'000; ++i) {
      tasks.clear();
      tasks.push_back(
          twofold::spawn([&]() -> TF_ASYNC(bool) { TF_RETURN TF_AWAIT(barrier.wait()); }));
      TF_AWAIT(twofold::yield_now());
      TF_AWAIT(abort_all(tasks));
    }
    EXPECT_FALSE(TF_AWAIT(twofold::timeout(1ms, barrier.wait())).has_value());
    auto [first, second] = TF_AWAIT(twofold::join(barrier.wait(), barrier.wait()));
    EXPECT_FALSE(first);
    EXPECT_TRUE(second);
    TF_RETURN;
  });
}

// Whether `future` is ready, by one poll.
template <class F>
struct IsReady {
  using Output = bool;
  twofold::Poll<bool> poll(twofold::Context& context) {
    return twofold::Ready(future->poll(context).is_ready());
  }

  F* future;
};

// Gives up waiting when it is destroyed.
struct GivesUp {
  explicit GivesUp(std::optional<twofold::BarrierWait>& wait) noexcept : wait_(&wait) {}
  GivesUp(GivesUp&& other) noexcept : wait_(std::exchange(other.wait_, nullptr)) {}
  GivesUp& operator=(GivesUp&&) = delete;
  ~GivesUp() {
    if (wait_ != nullptr) wait_->reset();
  }

 private:
  std::optional<twofold::BarrierWait>* wait_;
};

// The lock is let go of after each 16 tasks that are woken. Here the first of these is over, and
// its result, which goes with it, gives up the wait of one that was not told yet. (So may a task of
// another worker at that time.)
TEST(Barrier, one_who_gives_up_after_the_round_is_complete_does_not_count_in_the_next) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    constexpr std::size_t kOthers = 17;
    Barrier barrier(kOthers + 1);
    std::array<std::optional<twofold::BarrierWait>, kOthers> waits;
    for (auto& wait : waits) wait.emplace(barrier);
    twofold::spawn([&]() -> TF_ASYNC(GivesUp) {
      EXPECT_FALSE(TF_AWAIT(IsReady<twofold::BarrierWait>{&*waits.front()}));
      TF_RETURN GivesUp(waits.back());
    });
    TF_AWAIT(settle());
    for (std::size_t i = 1; i < kOthers; ++i) {
      EXPECT_FALSE(TF_AWAIT(IsReady<twofold::BarrierWait>{&*waits[i]}));
    }
    EXPECT_TRUE(TF_AWAIT(barrier.wait()));
    EXPECT_FALSE(waits.back().has_value());

    for (auto& wait : waits) wait.emplace(barrier);
    for (auto& wait : waits) EXPECT_FALSE(TF_AWAIT(IsReady<twofold::BarrierWait>{&*wait}));
    const auto leads = TF_AWAIT(twofold::timeout(1s, barrier.wait()));
    EXPECT_TRUE(leads.has_value());
    TF_RETURN;
  });
}

TEST(Barrier, works_between_two_runtimes_on_two_threads) {
  Barrier barrier(2);
  std::atomic<int> leaders{0};
  std::atomic<int> rounds{0};
  auto work = [&]() {
    twofold::block_on([&]() -> TF_ASYNC(void) {
      for (int i = 1; i <= 2'000; ++i) {
        ++rounds;
        if (TF_AWAIT(barrier.wait())) ++leaders;
        EXPECT_GE(rounds.load(), 2 * i);
      }
      TF_RETURN;
    });
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(leaders.load(), 2'000);
}

}  // namespace
