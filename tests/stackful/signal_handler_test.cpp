// Signal handlers that interrupt fibers.
#include "twofold/io/signal_handler.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "common/keep_whole.hpp"
#include "stackful/depths.hpp"

namespace twofold {
namespace {

std::atomic<int> handled{0};

// More stack than a first segment has, by own code and by the library's.
[[gnu::noinline]] int use_stack(int depth) {
  volatile char frame[256];
  test::keep_whole(frame);
  frame[0] = 1;
  return depth == 0 ? 0 : use_stack(depth - frame[0]) + frame[0];
}

void on_usr1(int) {
  char text[64];
  // Not for handlers in general; here nothing that it interrupts prints.
  std::snprintf(text, sizeof text, "%d", use_stack(40));
  if (std::strcmp(text, "40") == 0) ++handled;
}

class SignalHandler : public testing::Test {
 protected:
  SignalHandler() {
    handled = 0;
    struct sigaction action = {};
    action.sa_handler = signal_handler<&on_usr1>;
    action.sa_flags = SA_ONSTACK | SA_RESTART;
    ::sigaction(SIGUSR1, &action, &previous_);
  }
  ~SignalHandler() override { ::sigaction(SIGUSR1, &previous_, nullptr); }

 private:
  struct sigaction previous_ = {};
};

TEST_F(SignalHandler, RunsOnFibersAtEveryDepth) {
  if (stack_test::kSanitized) GTEST_SKIP() << "the sanitizer allows a handler no printf";
  stack_test::at_every_depth([] {
    const int before = handled;
    ASSERT_EQ(::raise(SIGUSR1), 0);
    ASSERT_EQ(handled.load(), before + 1);
  });
}

TEST_F(SignalHandler, InterruptsTheGrowthAndTheSwitchOfEveryWorkersFibers) {
  if (stack_test::kSanitized) GTEST_SKIP() << "the sanitizer allows a handler no printf";
  std::atomic<bool> over{false};
  Runtime runtime({.workers = 2});
  runtime.block_on([&] {
    std::atomic<int> ids{0};
    std::atomic<pthread_t> workers[2] = {};
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < 8; ++i) {
      handles.push_back(spawn([&] {
        thread_local const bool listed = [&] {
          const int id = ids.fetch_add(1);
          if (id < 2) workers[id].store(::pthread_self());
          return true;
        }();
        static_cast<void>(listed);
        while (!over.load()) {
          for (int depth = 0; depth < 60; ++depth) ASSERT_EQ(use_stack(depth), depth);
          await(yield_now());
        }
      }));
    }
    std::thread sender([&] {
      for (int i = 0; i < 2'000; ++i) {
        for (auto& worker : workers) {
          if (const pthread_t thread = worker.load(); thread != 0) ::pthread_kill(thread, SIGUSR1);
        }
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
      over.store(true);
    });
    for (auto& handle : handles) await(handle);
    sender.join();
  });
  EXPECT_GT(handled.load(), 100);
}

}  // namespace
}  // namespace twofold
