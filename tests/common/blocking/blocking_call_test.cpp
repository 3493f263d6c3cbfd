// spawn_blocking and the pool behind it.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

using namespace std::chrono_literals;

TEST(SpawnBlocking, gives_the_result_of_another_thread) {
  const auto body = []() -> TF_ASYNC(bool) {
    const auto worker = std::this_thread::get_id();
    auto handle = spawn_blocking([] { return std::this_thread::get_id(); });
    const std::thread::id other = TF_AWAIT(handle);
    TF_RETURN other != worker;
  };
  EXPECT_TRUE(block_on(body));
}

TEST(SpawnBlocking, runs_functions_without_a_result) {
  std::atomic<int> runs{0};
  const auto body = [&]() -> TF_ASYNC(void) {
    TF_AWAIT(spawn_blocking([&] { ++runs; }));
    TF_RETURN;
  };
  block_on(body);
  EXPECT_EQ(runs, 1);
}

TEST(SpawnBlocking, rethrows_what_the_work_throws) {
  const auto body = []() -> TF_ASYNC(int) {
    TF_RETURN TF_AWAIT(spawn_blocking([]() -> int { throw std::runtime_error("no disk"); }));
  };
  EXPECT_THROW(block_on(body), std::runtime_error);
}

TEST(SpawnBlocking, begins_before_it_is_awaited) {
  const auto body = []() -> TF_ASYNC(bool) {
    std::promise<void> begun;
    auto handle = spawn_blocking([&] { begun.set_value(); });
    // The worker's own thread: nothing of the executor runs meanwhile.
    const bool has_begun = begun.get_future().wait_for(10s) == std::future_status::ready;
    TF_AWAIT(handle);
    TF_RETURN has_begun;
  };
  EXPECT_TRUE(block_on(body));
}

TEST(SpawnBlocking, lets_the_worker_go_on) {
  const auto body = []() -> TF_ASYNC(int) {
    std::promise<void> go;
    auto handle = spawn_blocking([&] { go.get_future().wait(); });
    int turns = 0;
    while (turns < 100) {
      TF_AWAIT(yield_now());
      ++turns;
    }
    go.set_value();
    TF_AWAIT(handle);
    TF_RETURN turns;
  };
  EXPECT_EQ(block_on(body), 100);
}

TEST(SpawnBlocking, keeps_its_threads_for_as_long_as_it_is_told) {
  Runtime runtime({.blocking_keep_alive = std::chrono::nanoseconds::max()});
  const auto thread_of_work = [] {
    return spawn_blocking([] { return std::this_thread::get_id(); });
  };
  runtime.block_on([&]() -> TF_ASYNC(void) {
    const std::thread::id first = TF_AWAIT(thread_of_work());
    TF_AWAIT(sleep(20ms));
    const std::thread::id second = TF_AWAIT(thread_of_work());
    EXPECT_EQ(first, second);
    TF_RETURN;
  });
}

TEST(SpawnBlocking, never_has_more_threads_than_the_limit) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  const auto body = [&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < 40; ++i) {
      handles.push_back(spawn_blocking([&] {
        const int now = ++running;
        int seen = most.load();
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::sleep_for(1ms);
        --running;
      }));
    }
    for (auto& handle : handles) TF_AWAIT(handle);
    TF_RETURN;
  };
  Runtime runtime({.blocking_threads = 3});
  runtime.block_on(body);
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
}

TEST(SpawnBlocking, work_that_has_not_begun_is_given_up_when_it_is_aborted) {
  std::promise<void> go;
  std::atomic<bool> ran{false};
  const auto body = [&]() -> TF_ASYNC(void) {
    auto first = spawn_blocking([&] { go.get_future().wait(); });
    auto second = spawn_blocking([&] { ran = true; });
    second.abort();
    while (!second.is_finished()) TF_AWAIT(yield_now());
    go.set_value();
    TF_AWAIT(first);
    TF_RETURN;
  };
  Runtime runtime({.blocking_threads = 1});
  runtime.block_on(body);
  EXPECT_FALSE(ran);
}

TEST(SpawnBlocking, the_end_of_the_runtime_waits_for_what_runs) {
  std::atomic<bool> ended{false};
  {
    std::promise<void> begun;
    Runtime runtime;
    runtime.block_on([&]() -> TF_ASYNC(void) {
      spawn_blocking([&] {
        begun.set_value();
        std::this_thread::sleep_for(20ms);
        ended = true;
      });
      TF_RETURN;
    });
    begun.get_future().wait();
  }
  EXPECT_TRUE(ended);
}

TEST(SpawnBlocking, the_end_of_the_runtime_waits_no_longer_than_its_grace) {
  auto go = std::make_shared<std::promise<void>>();
  auto over = std::make_shared<std::promise<void>>();
  {
    std::promise<void> begun;
    Runtime runtime({.shutdown_grace = 1ms});
    runtime.block_on([&]() -> TF_ASYNC(void) {
      spawn_blocking([go, over, &begun] {
        begun.set_value();
        go->get_future().wait();
        over->set_value();
      });
      TF_RETURN;
    });
    begun.get_future().wait();
  }
  go->set_value();
  over->get_future().wait();
}

TEST(SpawnBlocking, virtual_time_waits_for_it) {
  const auto body = []() -> TF_ASYNC(bool) {
    auto slow = spawn_blocking([] { std::this_thread::sleep_for(10ms); });
    // Ready in time: an hour of virtual time does not pass while work is under way.
    const auto answer = TF_AWAIT(timeout(1h, slow));
    TF_RETURN answer.has_value();
  };
  Runtime runtime({.clock = Clock::virtual_time});
  EXPECT_TRUE(runtime.block_on(body));
}

TEST(SpawnBlocking, a_deadlock_is_still_found_while_its_threads_idle) {
  const auto body = []() -> TF_ASYNC(void) {
    TF_AWAIT(spawn_blocking([] {}));
    TF_AWAIT(pending<Unit>());
    TF_RETURN;
  };
  EXPECT_THROW(block_on(body), Deadlock);
}

TEST(SpawnBlocking, outside_of_a_runtime_is_refused) {
  EXPECT_THROW(spawn_blocking([] {}), std::logic_error);
}

TEST(SpawnBlocking, a_pool_without_threads_is_refused) {
  EXPECT_THROW(Runtime({.blocking_threads = 0}), std::invalid_argument);
}

}  // namespace
}  // namespace twofold
