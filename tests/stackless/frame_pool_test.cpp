// Frames: where they come from, and that the steady state allocates nothing.
#include "twofold/stackless/frame_pool.hpp"

#include <gtest/gtest.h>

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
  { const Async<void> dropped = call(); }
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace twofold
