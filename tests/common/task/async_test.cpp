// async and nested calls: what runs inside a task.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <twofold/twofold.hpp>

#include "common/task/task_test_support.hpp"

namespace twofold {
namespace {

using std::chrono::milliseconds;
using test::add;
using test::Counted;
using test::fail;
using test::wait_for_ever;

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

}  // namespace
}  // namespace twofold
