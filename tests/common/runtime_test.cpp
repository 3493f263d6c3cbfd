// Runtime and block_on.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
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

}  // namespace
}  // namespace twofold
