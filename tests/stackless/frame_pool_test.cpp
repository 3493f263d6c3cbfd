// Frames: where they come from, and that the steady state allocates nothing.
#include "twofold/stackless/frame_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

Async<int> leaf(int value) {
  co_await yield_now();
  co_return value;
}

TEST(FramePool, GivesAFrameBackToTheNextOfItsSize) {
  void* const first = coro::frame_pool.allocate(200);
  coro::frame_pool.deallocate(first, 200);
  void* const second = coro::frame_pool.allocate(200);
  EXPECT_EQ(first, second);
  coro::frame_pool.deallocate(second, 200);
}

TEST(FramePool, AlignsWhatIsAMultipleOf16AndKeepsAllBlocksApart) {
  struct Block {
    std::byte* memory;
    std::size_t bytes;
  };
  constexpr std::size_t kSmallest = coro::FramePool::kSmallest;
  constexpr std::size_t kLargest = coro::FramePool::kLargestPooled;
  std::vector<Block> blocks;
  for (int round = 0; round < 10; ++round) {
    for (std::size_t bytes = kSmallest; bytes <= kLargest; bytes += 8) {
      // Small and large in turn, so that chunks end with rests of all sizes.
      const std::size_t now = bytes % 24 == 0 ? kLargest + kSmallest - bytes : bytes;
      blocks.push_back({static_cast<std::byte*>(coro::frame_pool.allocate(now)), now});
      const auto address = reinterpret_cast<std::uintptr_t>(blocks.back().memory);
      ASSERT_EQ(address % (now % 16 == 0 ? 16 : 8), 0U) << now << " bytes";
    }
  }
  std::sort(blocks.begin(), blocks.end(),
            [](const Block& a, const Block& b) { return std::less<>()(a.memory, b.memory); });
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    ASSERT_LE(blocks[i - 1].memory + blocks[i - 1].bytes, blocks[i].memory);
  }
  for (const Block& block : blocks) coro::frame_pool.deallocate(block.memory, block.bytes);
}

Async<bool> is_aligned_after_waiting(long double value, char before) {
  char text[17] = {before};
  const long double kept = value;
  co_await yield_now();
  const auto address = reinterpret_cast<std::uintptr_t>(&kept);
  co_return address % alignof(long double) == 0 && kept == value&& text[0] == before;
}

TEST(FramePool, ALongDoubleInAFrameIsAligned) {
  block_on([]() -> Async<void> {
    for (int i = 0; i < 100; ++i) {
      std::vector<JoinHandle<int>> others;  // their frames are of another size
      for (int j = 0; j < i % 4; ++j) others.push_back(spawn(leaf, j));
      EXPECT_TRUE(co_await is_aligned_after_waiting(i, 'a'));
      for (auto& other : others) (void)co_await other;
    }
  });
}

// What `sleepers` measures: with the handle's 8 bytes, less than 200.
Async<std::uint64_t> sleeper(const std::chrono::steady_clock::time_point& until,
                             std::uint64_t index) {
  while (now() < until) co_await sleep_until(std::chrono::steady_clock::time_point(until));
  co_return index;
}

TEST(FramePool, ATaskThatSleepsTakesAtMost184Bytes) {
  constexpr std::uint64_t kTasks = 20'000;
  block_on([]() -> Async<void> {
    const auto until = now() + std::chrono::milliseconds(50);
    std::vector<JoinHandle<std::uint64_t>> handles;
    handles.reserve(kTasks);
    const std::size_t before = coro::frame_bytes_reserved();
    for (std::uint64_t i = 0; i < kTasks; ++i) {
      handles.push_back(spawn(sleeper, std::cref(until), i));
    }
    EXPECT_LE(coro::frame_bytes_reserved() - before, kTasks * 184 + 2 * 64 * 1024);
    for (auto& handle : handles) (void)co_await handle;
  });
}

TEST(FramePool, TakesLargeFramesFromTheSystem) {
  void* const large = coro::frame_pool.allocate(100'000);
  ASSERT_NE(large, nullptr);
  coro::frame_pool.deallocate(large, 100'000);
}

TEST(FramePool, ReservesNothingInTheSteadyState) {
  block_on([]() -> Async<void> {
    for (int i = 0; i < 100; ++i) (void)co_await leaf(i);
    const std::size_t before = coro::frame_bytes_reserved();
    for (int i = 0; i < 10'000; ++i) {
      (void)co_await leaf(i);
      auto handle = spawn(leaf, i);
      (void)co_await handle;
    }
    EXPECT_EQ(coro::frame_bytes_reserved(), before);
  });
}

TEST(FramePool, LeavesItsListsToTheNextThread) {
  const auto use = [] {
    block_on([]() -> Async<void> {
      std::vector<JoinHandle<int>> handles;
      for (int i = 0; i < 1'000; ++i) handles.push_back(spawn(leaf, i));
      for (auto& handle : handles) (void)co_await handle;
    });
  };
  std::thread(use).join();
  const std::size_t after_one = coro::frame_bytes_reserved();
  for (int i = 0; i < 10; ++i) std::thread(use).join();
  EXPECT_LE(coro::frame_bytes_reserved(), after_one + 10 * 64 * 1024);
}

TEST(FramePool, FramesThatEndOnAnotherThreadAreUsedAgain) {
  constexpr std::size_t kFrames = 10'000;
  constexpr std::size_t kBytes = 1'024;
  std::vector<void*> frames(kFrames);
  std::size_t after_first = 0;
  // One thread makes frames for as long as another ends them: none is carved anew.
  std::thread maker([&] {
    for (int round = 0; round < 10; ++round) {
      for (void*& frame : frames) frame = coro::frame_pool.allocate(kBytes);
      std::thread([&] {
        for (void* frame : frames) coro::frame_pool.deallocate(frame, kBytes);
      }).join();
      if (round == 0) after_first = coro::frame_bytes_reserved();
    }
  });
  maker.join();
  EXPECT_EQ(coro::frame_bytes_reserved(), after_first);
}

TEST(FramePool, AThreadThatStaysKeepsFewFramesToItself) {
  constexpr std::size_t kFrames = 10'000;
  constexpr std::size_t kBytes = 1'040;
  std::vector<void*> frames(kFrames);
  for (void*& frame : frames) frame = coro::frame_pool.allocate(kBytes);
  for (void* frame : frames) coro::frame_pool.deallocate(frame, kBytes);
  const std::size_t before = coro::frame_bytes_reserved();
  std::thread([&] {
    for (void*& frame : frames) frame = coro::frame_pool.allocate(kBytes);
    for (void* frame : frames) coro::frame_pool.deallocate(frame, kBytes);
  }).join();
  EXPECT_LE(coro::frame_bytes_reserved(), before + 256 * kBytes);
}

TEST(FramePool, FramesOutliveTheThreadLocalsOfTheirThread) {
  struct Late {
    void* frame = nullptr;
    ~Late() {
      if (frame == nullptr) return;
      coro::frame_pool.deallocate(frame, 1'056);
      coro::frame_pool.deallocate(coro::frame_pool.allocate(1'056), 1'056);
    }
  };
  const auto use = [] {
    thread_local Late late;  // made before the pool's own, and so destroyed after it
    late.frame = nullptr;
    late.frame = coro::frame_pool.allocate(1'056);
  };
  std::thread(use).join();
  const std::size_t after_one = coro::frame_bytes_reserved();
  for (int i = 0; i < 1'000; ++i) std::thread(use).join();
  EXPECT_EQ(coro::frame_bytes_reserved(), after_one);
}

TEST(Async, IsAFutureThatCanBePolledInACombinator) {
  block_on([]() -> Async<void> {
    auto [a, b] = co_await join(leaf(1), leaf(2));
    EXPECT_EQ(a + b, 3);
  });
}

TEST(Async, DroppedUnstartedRunsNothing) {
  bool ran = false;
  const auto call = [&]() -> Async<void> {
    ran = true;
    co_return;
  };
  {
    const Async<void> dropped = call();
  }
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace twofold
