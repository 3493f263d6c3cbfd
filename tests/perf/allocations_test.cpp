// What allocates: nothing in the steady state, by a count of operator new.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <twofold/twofold.hpp>
#include <vector>

namespace {

thread_local std::uint64_t allocations = 0;

void* allocate(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  void* const memory =
      alignment <= alignof(std::max_align_t)
          ? std::malloc(bytes)
          : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, 1); }
void* operator new[](std::size_t bytes) { return allocate(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace twofold {
namespace {

/// How often `operation` allocates in all of `times`, once it has been done as often before.
template <class Operation>
TF_ASYNC(std::uint64_t)
count_allocations(Operation operation, int times) {
  for (int i = 0; i < times; ++i) TF_AWAIT(operation());
  const std::uint64_t before = allocations;
  for (int i = 0; i < times; ++i) TF_AWAIT(operation());
  TF_RETURN allocations - before;
}

constexpr int kTimes = 1'000;

TEST(Allocations, TheCountCounts) {
  const std::uint64_t before = allocations;
  delete new int(1);
  std::vector<int>(100).swap(*std::make_unique<std::vector<int>>());
  EXPECT_GE(allocations - before, 2U);
}

TEST(Allocations, APollAndAWakeAllocateNothing) {
  EXPECT_EQ(block_on([]() -> TF_ASYNC(std::uint64_t) {
              TF_RETURN TF_AWAIT(count_allocations(
                  []() -> TF_ASYNC(void) {
                    TF_AWAIT(yield_now());
                    TF_RETURN;
                  },
                  kTimes));
            }),
            0U);
}

TEST(Allocations, ATimerAllocatesNothing) {
  EXPECT_EQ(block_on([]() -> TF_ASYNC(std::uint64_t) {
              TF_RETURN TF_AWAIT(count_allocations(
                  []() -> TF_ASYNC(void) {
                    TF_AWAIT(select(sleep(std::chrono::hours(1)), yield_now()));
                    TF_AWAIT(sleep(std::chrono::nanoseconds(1)));
                    TF_RETURN;
                  },
                  kTimes / 10));
            }),
            0U);
}

TF_ASYNC(void) send_forever(Sender<int> sender) {
  bool is_open = true;
  while (is_open) is_open = TF_AWAIT(sender.send(1));
  TF_RETURN;
}

TEST(Allocations, ASendAndAReceiveAllocateNothing) {
  EXPECT_EQ(block_on([]() -> TF_ASYNC(std::uint64_t) {
              auto [sender, receiver] = channel<int>(1);
              auto peer = spawn(send_forever, std::move(sender));
              const std::uint64_t count = TF_AWAIT(count_allocations(
                  [&rx = receiver]() -> TF_ASYNC(void) {
                    (void)TF_AWAIT(rx.recv());
                    TF_RETURN;
                  },
                  kTimes));
              receiver.close();
              TF_AWAIT(peer);
              TF_RETURN count;
            }),
            0U);
}

TF_ASYNC(int) nest(int depth) {
  if (depth == 0) TF_RETURN 0;
  const int below = TF_AWAIT(nest(depth - 1));
  TF_RETURN below + 1;
}

TEST(Allocations, NestedAwaitsAllocateNothing) {
  EXPECT_EQ(block_on([]() -> TF_ASYNC(std::uint64_t) {
              TF_RETURN TF_AWAIT(count_allocations(
                  []() -> TF_ASYNC(void) {
                    (void)TF_AWAIT(nest(10));
                    TF_RETURN;
                  },
                  kTimes));
            }),
            0U);
}

TEST(Allocations, ATaskThatFollowsAnotherAllocatesNothing) {
  EXPECT_EQ(block_on([]() -> TF_ASYNC(std::uint64_t) {
              TF_RETURN TF_AWAIT(count_allocations(
                  []() -> TF_ASYNC(void) {
                    auto handle = spawn(nest, 1);
                    (void)TF_AWAIT(handle);
                    TF_RETURN;
                  },
                  kTimes));
            }),
            0U);
}

TEST(Allocations, ATaskOfItsOwnAllocatesAtMostOnce) {
  constexpr std::uint64_t kTasks = 10'000;
  EXPECT_LE(block_on([]() -> TF_ASYNC(std::uint64_t) {
              std::vector<JoinHandle<int>> handles;
              handles.reserve(kTasks);
              const std::uint64_t before = allocations;
              for (std::uint64_t i = 0; i < kTasks; ++i) handles.push_back(spawn(nest, 1));
              const std::uint64_t count = allocations - before;
              for (auto& handle : handles) (void)TF_AWAIT(handle);
              TF_RETURN count;
            }),
            kTasks);
}

}  // namespace
}  // namespace twofold
