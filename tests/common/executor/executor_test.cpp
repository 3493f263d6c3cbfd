// The executor: order, fairness, depth, wakes from elsewhere, deadlock.
#include "twofold/executor/executor.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <sstream>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

using std::chrono::milliseconds;

TF_ASYNC(int) ready_at_once(int value) { TF_RETURN value; }

TF_ASYNC(long) descend(long depth) {
  if (depth == 0) {
    TF_AWAIT(yield_now());
    TF_RETURN 0;
  }
  const long below = TF_AWAIT(descend(depth - 1));
  TF_RETURN below + 1;
}

TEST(Executor, MillionsOfAwaitsThatAreReadyAtOnceDoNotGrowTheStack) {
  constexpr long kAwaits = 3'000'000;
  EXPECT_EQ(block_on([]() -> TF_ASYNC(long) {
              long sum = 0;
              for (long i = 0; i < kAwaits; ++i) sum += TF_AWAIT(ready_at_once(1));
              TF_RETURN sum;
            }),
            kAwaits);
}

// The policies of fixed size end long before; that they say so is tested with them.
bool has_deep_stacks() {
#if defined(TWOFOLD_TEST_SMALL_STACKS)
  return false;
#else
  return true;
#endif
}

TEST(Executor, AHundredThousandNestedCallsSuspendAtTheBottom) {
  const long depth = has_deep_stacks() ? 100'000 : 100;
  EXPECT_EQ(block_on(descend, depth), depth);
}

TEST(Executor, ADeepCallIsCancelledWithoutOverflow) {
  const long depth = has_deep_stacks() ? 100'000 : 100;
  block_on([depth]() -> TF_ASYNC(void) {
    auto handle = spawn([depth]() -> TF_ASYNC(void) {
      for (;;) TF_AWAIT(descend(depth));
      TF_RETURN;
    });
    TF_AWAIT(yield_now());
    handle.abort();
    bool aborted = false;
    try {
      TF_AWAIT(handle);
    } catch (const TaskAborted&) {
      aborted = true;
    }
    EXPECT_TRUE(aborted);
    TF_RETURN;
  });
}

TEST(Executor, AThousandYieldingTasksAdvanceAlike) {
  constexpr int kTasks = 1000;
  std::vector<int> progress(kTasks, 0);
  block_on([&]() -> TF_ASYNC(void) {
    bool stop = false;
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < kTasks; ++i) {
      handles.push_back(spawn([&, i]() -> TF_ASYNC(void) {
        while (!stop) {
          ++progress[static_cast<std::size_t>(i)];
          TF_AWAIT(yield_now());
        }
        TF_RETURN;
      }));
    }
    TF_AWAIT(sleep(milliseconds(50)));
    stop = true;
    for (auto& handle : handles) TF_AWAIT(handle);
    TF_RETURN;
  });
  const auto [least, most] = std::minmax_element(progress.begin(), progress.end());
  EXPECT_GE(*least * 2, *most) << "from " << *least << " to " << *most;
}

TEST(Executor, ATaskThatYieldsComesAfterAllThatItHasSpawned) {
  std::vector<int> begun;
  block_on([&]() -> TF_ASYNC(void) {
    for (int i = 0; i < 100; ++i) {
      (void)spawn([&begun, i]() -> TF_ASYNC(void) {
        begun.push_back(i);
        TF_RETURN;
      });
    }
    TF_AWAIT(yield_now());
    EXPECT_EQ(begun.size(), 100U);
    TF_RETURN;
  });
  EXPECT_TRUE(std::is_sorted(begun.begin(), begun.end()));
}

struct Census {
  int alive = 0;
  int most = 0;
};

TF_ASYNC(int) tree(Census& census, int leaves) {
  census.most = std::max(census.most, ++census.alive);
  int sum = 1;
  if (leaves > 1) {
    sum = 0;
    std::vector<JoinHandle<int>> children;
    for (int i = 0; i < 10; ++i) children.push_back(spawn(tree, std::ref(census), leaves / 10));
    for (auto& child : children) sum += TF_AWAIT(child);
  }
  --census.alive;
  TF_RETURN sum;
}

TEST(Executor, GoesThroughATreeOfTasksInDepth) {
  Census census;
  EXPECT_EQ(block_on(tree, std::ref(census), 10'000), 10'000);
  EXPECT_LT(census.most, 200) << "tasks had begun and not ended, of 11,111";
}

TF_ASYNC(void) spawn_without_end(const bool& stop, int& spawned) {
  if (!stop && ++spawned < 1'000'000)
    (void)spawn(spawn_without_end, std::ref(stop), std::ref(spawned));
  TF_RETURN;
}

TEST(Executor, ATaskBeginsThoughNewerOnesKeepComing) {
  bool begun = false;
  int spawned = 0;
  block_on([&]() -> TF_ASYNC(void) {
    auto old = spawn([&]() -> TF_ASYNC(void) {
      begun = true;
      TF_RETURN;
    });
    (void)spawn(spawn_without_end, std::ref(begun), std::ref(spawned));
    TF_AWAIT(old);
    TF_RETURN;
  });
  EXPECT_LT(spawned, 100'000);
}

/// Pending until it was woken `wakes` times; shows its waker.
class CountWakes {
 public:
  using Output = Unit;
  CountWakes(std::atomic<int>& seen, int wakes, std::atomic<const Waker*>& shown)
      : seen_(&seen), wakes_(wakes), shown_(&shown) {}
  Poll<Unit> poll(Context& context) {
    if (!waker_) {
      waker_.emplace(context.waker());
      shown_->store(&*waker_);
    }
    if (seen_->load() >= wakes_) return Ready();
    return Pending;
  }

 private:
  std::atomic<int>* seen_;
  int wakes_;
  std::atomic<const Waker*>* shown_;
  std::optional<Waker> waker_;
};

TEST(Executor, LosesNoWakeFromAnotherThread) {
  constexpr int kHandOffs = 20'000;
  std::atomic<int> turn{0};
  std::atomic<const Waker*> shown{nullptr};
  std::thread other([&] {
    const Waker* waker = nullptr;
    while ((waker = shown.load()) == nullptr) std::this_thread::yield();
    const Waker mine = *waker;
    for (int i = 0; i < kHandOffs; ++i) {
      turn.fetch_add(1);
      mine.wake();
    }
  });
  block_on(CountWakes(turn, kHandOffs, shown));
  other.join();
  EXPECT_EQ(turn.load(), kHandOffs);
}

TEST(Executor, IgnoresWakesOfATaskThatHasEnded) {
  std::optional<Waker> kept;
  block_on([&]() -> TF_ASYNC(void) {
    struct Keep {
      using Output = Unit;
      std::optional<Waker>* to;
      Poll<Unit> poll(Context& context) {
        to->emplace(context.waker());
        return Ready();
      }
    };
    auto handle = spawn(Keep{&kept});
    TF_AWAIT(handle);
    kept->wake();
    TF_RETURN;
  });
  kept->wake();
  std::thread([&] { kept->wake(); }).join();
  SUCCEED();
}

TEST(Executor, ReportsADeadlockWithTheTasksThatWait) {
  try {
    block_on([]() -> TF_ASYNC(void) {
      auto handle = spawn([]() -> TF_ASYNC(void) {
        this_task::set_name("never woken");
        TF_AWAIT(pending<Unit>());
        TF_RETURN;
      });
      TF_AWAIT(handle);
      TF_RETURN;
    });
    FAIL() << "no deadlock was reported";
  } catch (const Deadlock& deadlock) {
    const std::string text = deadlock.what();
    EXPECT_NE(text.find("never woken"), std::string::npos) << text;
    EXPECT_NE(text.find("JoinHandle"), std::string::npos) << text;
  }
}

TEST(Executor, WaitsSilentlyWhileATimerIsPending) {
  EXPECT_NO_THROW(block_on(sleep(milliseconds(20))));
}

TEST(Executor, JumpsFromTimerToTimerInVirtualTime) {
  Runtime runtime(RuntimeOptions{.clock = Clock::virtual_time});
  const auto start = std::chrono::steady_clock::now();
  std::vector<int> order;
  runtime.block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> handles;
    for (const int hours : {3, 1, 2}) {
      handles.push_back(spawn([&, hours]() -> TF_ASYNC(void) {
        TF_AWAIT(sleep(std::chrono::hours(hours)));
        order.push_back(hours);
        TF_RETURN;
      }));
    }
    for (auto& handle : handles) TF_AWAIT(handle);
    TF_RETURN;
  });
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(30));
}

TEST(Executor, LooksAtDescriptorsWhileTasksRunInVirtualTime) {
  Runtime runtime(RuntimeOptions{.clock = Clock::virtual_time});
  EXPECT_TRUE(runtime.block_on([]() -> TF_ASYNC(bool) {
    Pipe pipe = Pipe::create();
    auto reader = spawn([&]() -> TF_ASYNC(std::size_t) {
      std::array<char, 1> buffer{};
      TF_RETURN TF_AWAIT(pipe.reader.read(buffer));
    });
    TF_AWAIT(yield_now());
    EXPECT_EQ(::write(pipe.writer.native_handle(), "x", 1), 1);
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!reader.is_finished() && std::chrono::steady_clock::now() < late) {
      TF_AWAIT(yield_now());
    }
    TF_RETURN reader.is_finished();
  }));
}

TEST(Executor, DumpsEveryTask) {
  Runtime runtime;
  std::ostringstream dump;
  runtime.block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < 5; ++i) {
      handles.push_back(spawn([]() -> TF_ASYNC(void) {
        TF_AWAIT(sleep(milliseconds(5)));
        TF_RETURN;
      }));
    }
    TF_AWAIT(yield_now());
    runtime.dump_tasks(dump);
    for (auto& handle : handles) TF_AWAIT(handle);
    TF_RETURN;
  });
  const std::string text = dump.str();
  std::size_t sleepers = 0;
  for (std::size_t at = text.find("sleep"); at != std::string::npos;
       at = text.find("sleep", at + 1)) {
    ++sleepers;
  }
  EXPECT_GE(sleepers, 5U) << text;
}

}  // namespace
}  // namespace twofold
