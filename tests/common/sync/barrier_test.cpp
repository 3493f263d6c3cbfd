#include <twofold/sync/barrier.hpp>

#include <thread>

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
