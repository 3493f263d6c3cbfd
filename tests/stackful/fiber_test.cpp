// Fibers: what they alone can do, and what must follow them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

using std::chrono::milliseconds;

int compare_and_yield(const void* a, const void* b) {
  await(yield_now());
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

std::vector<int> shuffled() {
  std::vector<int> numbers(100);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int>(i * 37 % 100);
  return numbers;
}

TEST(Fiber, AwaitsInsideQsortsCallback) {
  block_on([] {
    std::vector<int> numbers = shuffled();
    std::qsort(numbers.data(), numbers.size(), sizeof(int), &compare_and_yield);
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  });
}

TEST(Fiber, AwaitsInsideStandardAlgorithmsAndFunctions) {
  block_on([] {
    std::vector<int> numbers = shuffled();
    std::sort(numbers.begin(), numbers.end(), [](int a, int b) {
      await(yield_now());
      return a < b;
    });
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
    const std::function<int(int)> next = [](int n) {
      await(yield_now());
      return n + 1;
    };
    EXPECT_EQ(next(1), 2);
  });
}

struct Node {
  virtual ~Node() = default;
  virtual int visit(int depth) const {
    await(yield_now());
    return depth == 0 ? 0 : 1 + visit(depth - 1);
  }
};

TEST(Fiber, AwaitsInsideVirtualRecursion) {
  block_on([] {
    const Node node;
    EXPECT_EQ(node.visit(50), 50);
  });
}

// Each of two tasks awaits while it handles its own exception, and must rethrow its own.
int rethrow_after_yields(int mine) {
  try {
    throw mine;
  } catch (int) {
    for (int i = 0; i < 10; ++i) await(yield_now());
    try {
      throw;
    } catch (int caught) {
      return caught;
    }
  }
}

TEST(Fiber, KeepsItsOwnExceptionWhileOthersThrow) {
  block_on([] {
    std::vector<JoinHandle<int>> handles;
    for (int i = 0; i < 20; ++i) handles.push_back(spawn(rethrow_after_yields, i));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(await(handles[static_cast<std::size_t>(i)]), i);
  });
}

int throw_through(int depth) {
  const std::string keeps_a_destructor(64, 'x');
  if (depth == 0) throw std::runtime_error("from below");
  return throw_through(depth - 1) + static_cast<int>(keeps_a_destructor.size());
}

TEST(Fiber, PassesExceptionsThroughDeepStacks) {
  block_on([] {
    for (int round = 0; round < 3; ++round) EXPECT_THROW(throw_through(200), std::runtime_error);
  });
}

struct Unwound {
  int* count;
  ~Unwound() { ++*count; }
};

TEST(Fiber, IsCancelledThroughCatchAllThatRethrows) {
  int unwound = 0;
  block_on([&] {
    auto handle = spawn([&] {
      const Unwound outer{&unwound};
      try {
        const Unwound inner{&unwound};
        await(pending<Unit>());
      } catch (...) {
        ++unwound;
        throw;
      }
    });
    await(yield_now());
    handle.abort();
    EXPECT_THROW(await(handle), TaskAborted);
  });
  EXPECT_EQ(unwound, 3);
}

TEST(Fiber, ThatSwallowsItsCancellationIsReported) {
  testing::internal::CaptureStderr();
  block_on([] {
    auto handle = spawn([] {
      this_task::set_name("swallower");
      try {
        await(pending<Unit>());
      } catch (...) {  // wrong on purpose: it must rethrow
      }
    });
    await(yield_now());
    handle.abort();
    await(handle);  // it ended by itself, so it is no aborted task
  });
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("swallower"), std::string::npos) << said;
  EXPECT_NE(said.find("rethrow"), std::string::npos) << said;
}

TEST(Fiber, RefusesAwaitOutsideOfATask) { EXPECT_THROW(await(yield_now()), std::logic_error); }

[[gnu::noinline]] void named_leaf() { await(sleep(milliseconds(5))); }

TEST(Fiber, GoesOnAfterItsStackWasWalked) {
  Runtime runtime;
  runtime.block_on([&] {
    auto handle = spawn([] {
      named_leaf();
      return 7;
    });
    await(yield_now());
    std::ostringstream dump;
    runtime.dump_tasks(dump);
    EXPECT_NE(dump.str().find("at "), std::string::npos) << dump.str();
    EXPECT_EQ(await(handle), 7);
  });
}

}  // namespace
}  // namespace twofold
