// Guards below stacks: what they stop, what they cost, and what happens where there can be no more.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "common/keep_whole.hpp"
#include "stackful/depths.hpp"

namespace twofold {
namespace {

using stack_test::is_segmented;

[[nodiscard]] std::size_t mappings() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) ++count;
  return count;
}

// Only what the tests below need of a parked fiber: a stack.
class Stacks {
 public:
  Stacks() = default;
  Stacks(const Stacks&) = delete;
  Stacks& operator=(const Stacks&) = delete;
  ~Stacks() {
    for (const Stack& stack : stacks_) release_stack(stack);
    trim_stacks();
  }
  void acquire(std::size_t count) {
    stacks_.reserve(stacks_.size() + count);
    for (std::size_t i = 0; i < count; ++i) stacks_.push_back(acquire_stack());
  }
  /// Uses so many bytes of each.
  void touch(std::size_t bytes) {
    for (const Stack& stack : stacks_) std::memset(stack.top - bytes, 1, bytes);
  }
  void release_all_but_each(std::size_t nth) {
    std::vector<Stack> kept;
    for (std::size_t i = 0; i < stacks_.size(); ++i) {
      if (i % nth == 0) {
        kept.push_back(stacks_[i]);
      } else {
        release_stack(stacks_[i]);
      }
    }
    stacks_ = std::move(kept);
  }

 private:
  std::vector<Stack> stacks_;
};

TEST(Guards, CostNoMappingEach) {
  if (is_segmented()) GTEST_SKIP() << "segments that only checked code uses have none";
  trim_stacks();  // each of them is to be made
  Stacks stacks;
  const std::size_t before = mappings();
  const std::uint64_t guards = stack_metrics().guards;
  stacks.acquire(20'000);
  if (stack_metrics().guards == guards) FAIL() << "no guards";
  EXPECT_GE(stack_metrics().guards, guards + 20'000);
  EXPECT_LT(mappings(), before + 2'000);
}

TEST(Guards, SaysWhatToDoWhereTheKernelsMappingsAreUsedUp) {
  if (is_segmented()) GTEST_SKIP() << "segments that only checked code uses have none";
  if (stack_test::kSanitized) GTEST_SKIP() << "the sanitizer itself needs mappings";
  set_guard_method(GuardMethod::mprotect);
  std::string said;
  std::size_t reached = 0;
  block_on([&] {
    std::vector<JoinHandle<void>> handles;
    try {
      for (int i = 0; i < 200'000; ++i) {
        handles.push_back(spawn([] { await(pending<Unit>()); }));
        if (i % 1'000 == 0) await(yield_now());
      }
    } catch (const std::system_error& error) {
      said = error.what();
      EXPECT_EQ(error.code(), std::errc::not_enough_memory);
    }
    reached = handles.size();
    // Those that there are go on, and once they are gone there is room again.
    for (auto& handle : handles) handle.abort();
    for (auto& handle : handles) EXPECT_THROW(await(handle), TaskAborted);
    handles.clear();
    for (int i = 0; i < 1'000; ++i) handles.push_back(spawn([] { await(yield_now()); }));
    for (auto& handle : handles) await(handle);
  });
  set_guard_method(GuardMethod::automatic);
  if (said.empty()) GTEST_SKIP() << "this machine has mappings for 200,000 stacks";
  EXPECT_GT(reached, 10'000U);
  EXPECT_NE(said.find("vm.max_map_count"), std::string::npos) << said;
  EXPECT_NE(said.find("TWOFOLD_STACK=segmented"), std::string::npos) << said;
}

[[gnu::noinline]] int overrun(int depth) {
  volatile char frame[2048];
  test::keep_whole(frame);
  frame[0] = 1;
  return depth == 0 ? 0 : overrun(depth - frame[0]) + frame[0];
}

TEST(Guards, NameTheTaskThatRunsIntoOne) {
  if (is_segmented()) GTEST_SKIP() << "its code checks: see Stack.OverflowStopsWithTheTasksName";
  for (const GuardMethod method : {GuardMethod::automatic, GuardMethod::mprotect}) {
    EXPECT_DEATH(
        {
          set_guard_method(method);
          block_on([] {
            this_task::set_name("overrunner");
            overrun(1'000'000);
          });
        },
        "stack overflow in task .*overrunner.*guard");
  }
}

// On a worker that has never made a stack, only run what another one made.
TEST(Guards, NameTheTaskOnEveryWorker) {
  if (is_segmented()) GTEST_SKIP() << "its code checks: see Stack.OverflowStopsWithTheTasksName";
  EXPECT_DEATH(
      {
        Runtime runtime({.workers = 4});
        runtime.block_on([] {
          std::vector<JoinHandle<void>> handles;
          for (int i = 0; i < 64; ++i) {
            handles.push_back(spawn([] {
              this_task::set_name("overrunner");
              for (int round = 0; round < 100; ++round) await(yield_now());
              overrun(1'000'000);
            }));
          }
          for (auto& handle : handles) await(handle);
        });
      },
      "stack overflow in task .*overrunner.*guard");
}

TEST(Trimming, GivesPagesOfFreeStacksBack) {
  if (stack_test::kSanitized) GTEST_SKIP() << "the sanitizer keeps frames elsewhere";
  const auto resident = [] {
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t pages = 0;
    statm >> total >> pages;
    return pages * 4096;
  };
  Stacks stacks;
  const std::size_t before = resident();
  std::size_t at_the_top = 0;
  constexpr std::size_t kStacks = 4'000;
  constexpr std::size_t kTouched = std::size_t{12} << 10;
  block_on([&] {
    std::vector<JoinHandle<void>> handles;
    for (std::size_t i = 0; i < kStacks; ++i) {
      handles.push_back(spawn([] {
        volatile char frame[kTouched];
        test::keep_whole(frame);
        for (std::size_t at = 0; at < kTouched; at += 1024) frame[at] = 1;
        await(yield_now());
        EXPECT_EQ(frame[0], 1);
      }));
    }
    await(yield_now());
    at_the_top = resident();
    for (auto& handle : handles) await(handle);
  });
  EXPECT_GT(at_the_top, before + kStacks * kTouched / 2);
  trim_stacks();
  EXPECT_LT(resident(), before + (at_the_top - before) / 4);
}

// Pages that the kernel may take when it needs some, in kB.
[[nodiscard]] std::size_t lazily_freed() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  std::size_t kilobytes = 0;
  for (std::string line; std::getline(rollup, line);) {
    if (line.rfind("LazyFree:", 0) == 0) kilobytes = std::stoul(line.substr(9));
  }
  return kilobytes;
}

TEST(Trimming, OffersThePagesOfFreeStacksBetweenUsedOnes) {
  if (is_segmented()) GTEST_SKIP() << "a first segment is smaller than a page";
  Stacks stacks;
  constexpr std::size_t kTouched = std::size_t{20} << 10;
  stacks.acquire(4'000);
  stacks.touch(kTouched);
  const std::size_t before = lazily_freed();
  stacks.release_all_but_each(32);
  trim_stacks();
  EXPECT_GT(lazily_freed(), before + 3'000 * (kTouched - 4'096) / 1'024 / 2);
  stacks.acquire(4'000);
  stacks.touch(kTouched);
}

}  // namespace
}  // namespace twofold
