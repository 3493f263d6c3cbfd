// Joining tasks that have not begun: they may run on top of the task that joins them, which must
// not be seen in the order of things, in the depth of the stack, or in what happens to that task.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class Join : public testing::TestWithParam<std::size_t> {
 protected:
  Runtime runtime_{RuntimeOptions{.workers = GetParam()}};
};

// Each level joins the next; each `pause`-th (0: none) parks when its child has ended.
TF_ASYNC(int) go_down(int levels, int pause) {
  if (levels == 0) TF_RETURN 0;
  auto below = spawn(go_down, levels - 1, pause);
  const int depth = TF_AWAIT(below);
  if (pause != 0 && levels % pause == 0) TF_AWAIT(yield_now());
  TF_RETURN depth + 1;
}

TEST_P(Join, A_chain_of_joins_may_be_of_any_depth) {
  constexpr int kLevels = 20'000;
  EXPECT_EQ(runtime_.block_on(go_down, kLevels, 0), kLevels);
  EXPECT_EQ(runtime_.block_on(go_down, kLevels, 3), kLevels);
}

// A tree whose tasks join in an order of their own, and park before, between and after.
TF_ASYNC(long) grow(int levels, unsigned seed) {
  constexpr unsigned kChildren = 3;
  if (seed % 5 == 1) TF_AWAIT(yield_now());
  if (seed % 31 == 2) TF_AWAIT(sleep(microseconds(50)));
  if (levels == 0) TF_RETURN 1;
  std::array<std::optional<JoinHandle<long>>, kChildren> children;
  for (unsigned i = 0; i < kChildren; ++i) {
    children[i].emplace(spawn(grow, levels - 1, seed * 7 + i + 1));
    if (seed % 11 == i) TF_AWAIT(yield_now());
  }
  long sum = 1;
  for (unsigned i = 0; i < kChildren; ++i) sum += TF_AWAIT(*children[(seed + i) % kChildren]);
  if (seed % 13 == 3) TF_AWAIT(yield_now());
  TF_RETURN sum;
}

TEST_P(Join, A_tree_in_which_tasks_park_anywhere_is_whole) {
  constexpr long kTasks = (2187 * 3 - 1) / 2;
  for (unsigned seed = 0; seed < 20; ++seed) {
    ASSERT_EQ(runtime_.block_on(grow, 7, seed), kTasks) << seed;
  }
  EXPECT_EQ(runtime_.metrics().tasks_alive, 0U);
}

TEST_P(Join, What_is_aborted_before_it_has_begun_does_not_run) {
  bool has_run = false;
  bool is_aborted = false;
  runtime_.block_on([&]() -> TF_ASYNC(void) {
    auto task = spawn([&]() -> TF_ASYNC(void) {
      has_run = true;
      TF_RETURN;
    });
    task.abort();
    try {
      TF_AWAIT(task);
    } catch (const TaskAborted&) {
      is_aborted = true;
    }
    TF_RETURN;
  });
  // With several workers another one may have begun it before.
  EXPECT_NE(has_run, is_aborted);
  if (GetParam() == 1) {
    EXPECT_TRUE(is_aborted);
  }
}

TEST_P(Join, The_exceptions_of_many_children_come_to_who_joins_them) {
  runtime_.block_on([]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<int>> tasks;
    for (int i = 0; i < 100; ++i) {
      tasks.push_back(spawn([i]() -> TF_ASYNC(int) {
        if (i % 3 == 0) throw std::runtime_error(std::to_string(i));
        if (i % 3 == 1) TF_AWAIT(yield_now());
        TF_RETURN i;
      }));
    }
    for (int i = 0; i < 100; ++i) {
      std::string got;
      try {
        got = std::to_string(TF_AWAIT(tasks[static_cast<std::size_t>(i)]));
      } catch (const std::runtime_error& error) {
        got = error.what();
      }
      EXPECT_EQ(got, std::to_string(i));
    }
    TF_RETURN;
  });
}

struct CountsItsEnd {
  explicit CountsItsEnd(std::atomic<int>& counter) : ends(&counter) {}
  CountsItsEnd(const CountsItsEnd&) = delete;
  CountsItsEnd& operator=(const CountsItsEnd&) = delete;
  ~CountsItsEnd() { ends->fetch_add(1); }
  std::atomic<int>* ends;
};

TEST_P(Join, A_child_can_abort_the_task_that_joins_it) {
  for (const bool parks : {false, true}) {
    std::atomic<int> ends{0};
    std::atomic<int> went_on{0};
    runtime_.block_on([&]() -> TF_ASYNC(void) {
      std::optional<JoinHandle<void>> parent;
      Notify begun;
      parent.emplace(spawn([&]() -> TF_ASYNC(void) {
        const CountsItsEnd guard(ends);
        TF_AWAIT(begun.notified());
        auto child = spawn([&]() -> TF_ASYNC(void) {
          parent->abort();
          if (parks) TF_AWAIT(yield_now());
          TF_RETURN;
        });
        TF_AWAIT(child);
        TF_AWAIT(sleep(std::chrono::hours(1)));
        went_on.fetch_add(1);
        TF_RETURN;
      }));
      begun.notify_one();
      EXPECT_THROW(TF_AWAIT(*parent), TaskAborted);
      TF_RETURN;
    });
    EXPECT_EQ(ends.load(), 1);
    EXPECT_EQ(went_on.load(), 0);
  }
}

// A waker of the joining task, which others call while children run on top of it.
class KeepWaker {
 public:
  using Output = void;
  explicit KeepWaker(std::optional<Waker>& to) : to_(&to) {}
  Poll<void> poll(Context& context) {
    to_->emplace(context.waker());
    return Ready();
  }

 private:
  std::optional<Waker>* to_;
};

TEST_P(Join, Wakes_meanwhile_do_no_harm) {
  runtime_.block_on([]() -> TF_ASYNC(void) {
    std::optional<Waker> waker;
    TF_AWAIT(KeepWaker(waker));
    std::atomic<bool> is_over{false};
    std::thread other([&] {
      while (!is_over.load()) {
        waker->wake();
        std::this_thread::sleep_for(microseconds(20));
      }
    });
    for (unsigned seed = 0; seed < 5; ++seed) {
      auto tree = spawn(grow, 6, seed);
      auto waking = spawn([&waker]() -> TF_ASYNC(void) {
        for (int i = 0; i < 20; ++i) waker->wake();
        TF_RETURN;
      });
      EXPECT_EQ(TF_AWAIT(tree), (729 * 3 - 1) / 2);
      TF_AWAIT(waking);
    }
    is_over.store(true);
    other.join();
    TF_RETURN;
  });
}

// In a future's poll, where the coroutine that joins is not the task's own.
TEST_P(Join, In_a_combinator_tasks_that_have_not_begun_are_joined_too) {
  const int sum = runtime_.block_on([]() -> TF_ASYNC(int) {
    const auto one = [](int value) -> TF_ASYNC(int) {
      auto task = spawn(go_down, value, 0);
      TF_RETURN TF_AWAIT(task);
    };
    auto both = TF_AWAIT(join(async(one, 40), async(one, 2)));
    TF_RETURN std::get<0>(both) + std::get<1>(both);
  });
  EXPECT_EQ(sum, 42);
}

INSTANTIATE_TEST_SUITE_P(On, Join, testing::Values(1, 2, 4), testing::PrintToStringParamName());

// One worker: tasks that have not begun come newest first (executor.hpp), whatever runs on top of
// what.
TEST(JoinOrder, The_newest_first) {
  std::string order;
  Runtime runtime;
  runtime.block_on([&]() -> TF_ASYNC(void) {
    const auto write = [&order](char name) -> TF_ASYNC(void) {
      order += name;
      if (name == 'b') TF_AWAIT(yield_now());
      order += static_cast<char>(name - 'a' + 'A');
      TF_RETURN;
    };
    auto a = spawn(write, 'a');
    auto b = spawn(write, 'b');
    auto c = spawn(write, 'c');
    TF_AWAIT(a);
    order += '1';
    TF_AWAIT(b);
    order += '2';
    TF_AWAIT(c);
    order += '3';
    TF_RETURN;
  });
  // (What b's yield lets pass is in its order, and who joins comes when that has ended.)
  EXPECT_EQ(order.substr(0, 5), "cCbaA");
  EXPECT_LT(order.find('A'), order.find('1'));
  EXPECT_LT(order.find('B'), order.find('2'));
  EXPECT_EQ(order.back(), '3');
}

TEST(JoinOrder, Who_is_joined_on_top_sees_the_joining_task_as_waiting) {
  std::string dump;
  Runtime runtime;
  runtime.block_on([&]() -> TF_ASYNC(void) {
    auto child = spawn([&]() -> TF_ASYNC(void) {
      std::ostringstream text;
      runtime.dump_tasks(text);
      dump = text.str();
      TF_RETURN;
    });
    TF_AWAIT(child);
    TF_RETURN;
  });
  EXPECT_NE(dump.find("waits for a task's result"), std::string::npos) << dump;
}

}  // namespace
}  // namespace twofold
