// spawn and JoinHandle: the life of a task, on either runtime.
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

#include "common/task/task_test_support.hpp"

namespace twofold {
namespace {

using std::chrono::milliseconds;
using test::add;
using test::Counted;
using test::fail;
using test::wait_for_ever;

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
