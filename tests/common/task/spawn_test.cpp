// spawn, JoinHandle, block_on, async: the life of a task, on either runtime.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

using std::chrono::milliseconds;

TF_ASYNC(int) add(int a, int b) {
  TF_AWAIT(yield_now());
  TF_RETURN a + b;
}

TF_ASYNC(int) fail() {
  TF_AWAIT(yield_now());
  throw std::runtime_error("as planned");
}

TF_ASYNC(void) wait_for_ever() {
  TF_AWAIT(pending<Unit>());
  TF_RETURN;
}

/// Counts how many of its kind are alive.
class Counted {
 public:
  explicit Counted(int& alive) : alive_(&alive) { ++*alive_; }
  Counted(const Counted& other) : alive_(other.alive_) { ++*alive_; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*alive_; }

 private:
  int* alive_;
};

TEST(Spawn, GivesTheResultThroughTheHandle) {
  EXPECT_EQ(block_on([]() -> TF_ASYNC(int) {
              auto handle = spawn(add, 1, 2);
              EXPECT_FALSE(handle.is_finished());
              const int sum = TF_AWAIT(handle);
              EXPECT_TRUE(handle.is_finished());
              TF_RETURN sum;
            }),
            3);
}

/// Its owner tells, when it goes, which task is the running one.
[[nodiscard]] std::shared_ptr<int> tells_the_task(TaskId& to) {
  return {new int(0), [&to](int* memory) {
            to = this_task::id();
            delete memory;
          }};
}

TF_ASYNC(void) yield_often() {
  for (int i = 0; i < 20; ++i) TF_AWAIT(yield_now());
  TF_RETURN;
}

TEST(Spawn, DestroysCallableAndArgumentsAsTheTaskThatEnds) {
  TaskId task{}, with_callable{}, with_argument{};
  block_on([&]() -> TF_ASYNC(void) {
    auto other = spawn(yield_often);  // ready when the next one ends
    auto ending = spawn(
        [&task,
         owner = tells_the_task(with_callable)](const std::shared_ptr<int>&) -> TF_ASYNC(void) {
          TF_AWAIT(yield_now());
          task = this_task::id();
          TF_RETURN;
        },
        tells_the_task(with_argument));
    TF_AWAIT(ending);
    TF_AWAIT(other);
  });
  EXPECT_NE(task, TaskId{});
  EXPECT_EQ(with_callable, task);
  EXPECT_EQ(with_argument, task);
}

TEST(Spawn, RethrowsTheTasksExceptionWhereItIsAwaited) {
  block_on([]() -> TF_ASYNC(void) {
    auto handle = spawn(fail);
    std::string what;
    try {
      TF_AWAIT(handle);
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    EXPECT_EQ(what, "as planned");
    TF_RETURN;
  });
}

TEST(Spawn, KeepsCallableAndArgumentsAliveAndLetsThemGoAtTheEnd) {
  int alive = 0;
  block_on([&]() -> TF_ASYNC(void) {
    auto handle = spawn(
        [counted = Counted(alive)](const Counted&, std::string text) -> TF_ASYNC(std::size_t) {
          TF_AWAIT(yield_now());
          TF_AWAIT(sleep(milliseconds(1)));
          TF_RETURN text.size();
        },
        Counted(alive), std::string("four"));
    EXPECT_EQ(alive, 2);
    const std::size_t size = TF_AWAIT(handle);
    EXPECT_EQ(size, 4U);
    EXPECT_EQ(alive, 0) << "the handle holds the result only";
    TF_RETURN;
  });
}

TF_ASYNC(std::string) read_later(std::string_view text) {
  TF_AWAIT(yield_now());
  TF_RETURN std::string(text);
}

TEST(Spawn, KeepsAnArgumentThatTheParameterOnlyRefersTo) {
  block_on([]() -> TF_ASYNC(void) {
    const std::string expected(1000, 'x');
    auto handle = spawn(read_later, std::string(expected));
    TF_AWAIT(yield_now());
    // Into the memory that the argument would have left.
    const std::string other(1000, 'y');
    EXPECT_EQ(TF_AWAIT(handle), expected) << other.size();
  });
}

struct alignas(64) OnACacheLine {
  std::uint64_t words[8] = {};
  [[nodiscard]] bool is_aligned() const {
    return reinterpret_cast<std::uintptr_t>(this) % alignof(OnACacheLine) == 0;
  }
};

TEST(Spawn, AlignsCapturesAndArgumentsThatWantMoreThanOthers) {
  block_on([]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<bool>> tasks;
    constexpr int kTasks = 20;
    for (int i = 0; i < kTasks; ++i) {
      tasks.push_back(spawn(
          [captured = OnACacheLine()](const OnACacheLine& argument) -> TF_ASYNC(bool) {
            TF_AWAIT(yield_now());
            TF_RETURN captured.is_aligned() && argument.is_aligned();
          },
          OnACacheLine()));
    }
    for (auto& task : tasks) {
      const bool is_aligned = TF_AWAIT(task);
      EXPECT_TRUE(is_aligned);
    }
    TF_RETURN;
  });
}

TF_ASYNC(int) take(Counted /*counted*/) {
  TF_AWAIT(yield_now());
  TF_RETURN 1;
}

TF_ASYNC(int) fail_before(int& alive) {
  TF_RETURN TF_AWAIT(fail()) + TF_AWAIT(take(Counted(alive)));
}

TF_ASYNC(int) wait_before(int& alive) {
  TF_AWAIT(yield_now());
  TF_RETURN TF_AWAIT(add(1, 2)) + TF_AWAIT(take(Counted(alive)));
}

TEST(Async, ThatIsNeverBegunInAnExpressionLetsItsArgumentsGo) {
  int alive = 0;
  EXPECT_THROW(block_on(fail_before, std::ref(alive)), std::runtime_error);
  EXPECT_EQ(alive, 0);
  // Cancelled while the first of the two waits.
  block_on([&alive]() -> TF_ASYNC(void) {
    auto task = spawn(wait_before, std::ref(alive));
    TF_AWAIT(yield_now());
    task.abort();
    bool was_aborted = false;
    try {
      TF_AWAIT(task);
    } catch (const TaskAborted&) {
      was_aborted = true;
    }
    EXPECT_TRUE(was_aborted);
    TF_RETURN;
  });
  EXPECT_EQ(alive, 0);
}

TEST(Spawn, MovesWhatCanOnlyBeMoved) {
  block_on([]() -> TF_ASYNC(void) {
    auto handle = spawn(
        [](std::unique_ptr<int> p) -> TF_ASYNC(std::unique_ptr<int>) {
          TF_AWAIT(yield_now());
          TF_RETURN p;
        },
        std::make_unique<int>(7));
    const std::unique_ptr<int> back = TF_AWAIT(handle);
    EXPECT_EQ(*back, 7);
    TF_RETURN;
  });
}

TEST(Spawn, RunsAFutureAsATask) {
  block_on([]() -> TF_ASYNC(void) {
    auto slept = spawn(sleep(milliseconds(1)));
    TF_AWAIT(slept);
    auto nine = spawn(ready(9));
    const int value = TF_AWAIT(nine);
    EXPECT_EQ(value, 9);
    TF_RETURN;
  });
}

TEST(Spawn, OutsideOfARuntimeIsAnErrorThatSaysSo) {
  try {
    auto handle = spawn(add, 1, 2);
    FAIL() << "spawn worked without a runtime";
  } catch (const std::logic_error& error) {
    EXPECT_NE(std::string(error.what()).find("spawn"), std::string::npos);
  }
}

TF_ASYNC(int) square_later(int number) {
  TF_AWAIT(sleep(milliseconds(1)));
  TF_RETURN number* number;
}

TEST(JoinHandle, TwoThatAreAwaitedInOneExpressionBothWakeTheirAwaiter) {
  Runtime runtime(RuntimeOptions{.clock = Clock::virtual_time});
  const int sum = runtime.block_on([]() -> TF_ASYNC(int) {
    auto three = spawn(square_later, 3);
    auto four = spawn(square_later, 4);
    TF_RETURN TF_AWAIT(three) + TF_AWAIT(four);
  });
  EXPECT_EQ(sum, 25);
}

TEST(JoinHandle, DroppedDetachesTheTask) {
  int done = 0;
  block_on([&]() -> TF_ASYNC(void) {
    {
      auto handle = spawn([&]() -> TF_ASYNC(void) {
        TF_AWAIT(sleep(milliseconds(1)));
        ++done;
        TF_RETURN;
      });
    }
    TF_AWAIT(sleep(milliseconds(10)));
    TF_RETURN;
  });
  EXPECT_EQ(done, 1);
}

TEST(JoinHandle, AbortRunsEveryDestructorOnceAndTellsTheAwaiter) {
  int alive = 0;
  block_on([&]() -> TF_ASYNC(void) {
    auto handle = spawn([&]() -> TF_ASYNC(void) {
      const Counted outer(alive);
      TF_AWAIT([&]() -> TF_ASYNC(void) {
        const Counted inner(alive);
        TF_AWAIT(wait_for_ever());
        TF_RETURN;
      }());
      TF_RETURN;
    });
    TF_AWAIT(yield_now());
    EXPECT_EQ(alive, 2);
    handle.abort();
    handle.abort();
    bool aborted = false;
    try {
      TF_AWAIT(handle);
    } catch (const TaskAborted&) {
      aborted = true;
    }
    EXPECT_TRUE(aborted);
    EXPECT_EQ(alive, 0);
    TF_RETURN;
  });
}

TEST(JoinHandle, AbortBeforeTheStartRunsNothing) {
  bool ran = false;
  int alive = 0;
  block_on([&]() -> TF_ASYNC(void) {
    auto handle = spawn([&, counted = Counted(alive)]() -> TF_ASYNC(void) {
      ran = true;
      TF_RETURN;
    });
    handle.abort();
    TF_AWAIT(yield_now());
    TF_AWAIT(yield_now());
    EXPECT_TRUE(handle.is_finished());
    TF_RETURN;
  });
  EXPECT_FALSE(ran);
  EXPECT_EQ(alive, 0);
}

TEST(JoinHandle, AbortOfAFinishedTaskKeepsItsResult) {
  EXPECT_EQ(block_on([]() -> TF_ASYNC(int) {
              auto handle = spawn(add, 2, 2);
              while (!handle.is_finished()) TF_AWAIT(yield_now());
              handle.abort();
              TF_RETURN TF_AWAIT(handle);
            }),
            4);
}

TEST(Runtime, CancelsWhatIsLeftWhenItIsDestroyed) {
  int alive = 0;
  {
    Runtime runtime;
    runtime.block_on([&]() -> TF_ASYNC(void) {
      for (int i = 0; i < 100; ++i) {
        auto handle = spawn([&]() -> TF_ASYNC(void) {
          const Counted counted(alive);
          TF_AWAIT(wait_for_ever());
          TF_RETURN;
        });
      }
      TF_AWAIT(yield_now());
      TF_RETURN;
    });
    EXPECT_EQ(alive, 100);
    EXPECT_EQ(runtime.metrics().tasks_alive, 100U);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Runtime, TellsTheMemoryThatItsTasksStateTakes) {
  Runtime runtime;
  runtime.block_on([&]() -> TF_ASYNC(void) {
    TF_AWAIT(yield_now());
    const StateMemory before = runtime.metrics().memory;
    EXPECT_GT(before.bytes, 0U);
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < 5'000; ++i) handles.push_back(spawn(wait_for_ever));
    TF_AWAIT(yield_now());
    const StateMemory with_tasks = runtime.metrics().memory;
    EXPECT_GE(with_tasks.bytes, before.bytes);
    EXPECT_GE(with_tasks.bytes, 5'000U * 64U) << "tasks and what they keep are more than that";
    EXPECT_GE(with_tasks.bytes_peak, with_tasks.bytes);
    TF_RETURN;
  });
}

TEST(Runtime, GoesOnWithLeftOverTasksInTheNextBlockOn) {
  Runtime runtime;
  int steps = 0;
  std::optional<JoinHandle<void>> handle;
  runtime.block_on([&]() -> TF_ASYNC(void) {
    handle = spawn([&]() -> TF_ASYNC(void) {
      for (; steps < 10; ++steps) TF_AWAIT(sleep(milliseconds(1)));
      TF_RETURN;
    });
    TF_RETURN;
  });
  EXPECT_LT(steps, 10);
  runtime.block_on([&]() -> TF_ASYNC(void) {
    TF_AWAIT(*handle);
    TF_RETURN;
  });
  EXPECT_EQ(steps, 10);
}

TEST(Runtime, RefusesBlockOnInsideATask) {
  block_on([]() -> TF_ASYNC(void) {
    EXPECT_THROW(block_on(add, 1, 2), std::logic_error);
    TF_RETURN;
  });
}

TEST(Runtime, RethrowsWhatComesOutOfTheRoot) { EXPECT_THROW(block_on(fail), std::runtime_error); }

TEST(Async, RunsInsideTheTaskThatPollsIt) {
  block_on([]() -> TF_ASYNC(void) {
    const TaskId outer = this_task::id();
    auto call = async([outer]() -> TF_ASYNC(bool) {
      TF_AWAIT(yield_now());
      TF_RETURN this_task::id() == outer;
    });
    const bool same = TF_AWAIT(call);
    EXPECT_TRUE(same);
    TF_RETURN;
  });
}

TEST(Async, RunsNothingUntilItIsPolled) {
  bool ran = false;
  block_on([&]() -> TF_ASYNC(void) {
    {
      auto call = async([&]() -> TF_ASYNC(void) {
        ran = true;
        TF_RETURN;
      });
    }
    TF_RETURN;
  });
  EXPECT_FALSE(ran);
}

TEST(Async, TwoRunSideBySideInOneTask) {
  EXPECT_EQ(block_on([]() -> TF_ASYNC(int) {
              auto [a, b] = TF_AWAIT(join(async(add, 1, 2), async(add, 3, 4)));
              TF_RETURN a* b;
            }),
            21);
}

TEST(Async, DroppedHasRunItsDestructorsWhenTheDropReturns) {
  int alive = 0;
  block_on([&]() -> TF_ASYNC(void) {
    auto outcome = TF_AWAIT(timeout(milliseconds(1), async([&]() -> TF_ASYNC(void) {
                                      const Counted counted(alive);
                                      TF_AWAIT(wait_for_ever());
                                      TF_RETURN;
                                    })));
    EXPECT_FALSE(outcome.has_value());
    EXPECT_EQ(alive, 0);
    TF_RETURN;
  });
}

// The joiner is on another thread than the task, which may end at any point of the join.
TEST(JoinHandle, MayBeAwaitedInAnotherRuntime) {
  for (int round = 0; round < 300; ++round) {
    std::optional<JoinHandle<int>> passed;
    std::atomic<bool> is_there{false};
    std::atomic<bool> is_over{false};
    std::thread other([&] {
      while (!is_there.load()) std::this_thread::yield();
      EXPECT_EQ(block_on(std::move(*passed)), round);
      is_over.store(true);
    });
    block_on([&]() -> TF_ASYNC(void) {
      auto handle = spawn([round]() -> TF_ASYNC(int) {
        for (int i = 0; i < round; ++i) TF_AWAIT(yield_now());
        TF_RETURN round;
      });
      passed.emplace(std::move(handle));
      is_there.store(true);
      while (!is_over.load()) TF_AWAIT(yield_now());
      TF_RETURN;
    });
    other.join();
  }
}

}  // namespace
}  // namespace twofold
