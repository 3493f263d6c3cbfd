// Row 22: whichever allocation fails, the operation that asked for it throws std::bad_alloc and
// nothing else has changed: the same runtime goes on, and nothing is leaked.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <twofold/twofold.hpp>
#include <vector>

#include "common/keep_whole.hpp"

namespace {

// Of this thread: allocations until one fails; negative: none does.
thread_local long allocations_left = -1;
std::atomic<long> failures{0};

void* allocate(std::size_t bytes) {
  if (allocations_left >= 0 && allocations_left-- == 0) {
    allocations_left = -1;  // the exception itself, and what handles it, may allocate
    failures.fetch_add(1, std::memory_order_relaxed);
    throw std::bad_alloc();
  }
  void* const memory = std::malloc(bytes != 0 ? bytes : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* allocate_or_null(std::size_t bytes) noexcept {
  try {
    return allocate(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes); }
void* operator new[](std::size_t bytes) { return allocate(bytes); }
// The library's own call the above, but a sanitizer's do not.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate_or_null(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate_or_null(bytes);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace twofold::test {
namespace {

TF_ASYNC(int) answer(int value) {
  TF_AWAIT(yield_now());
  std::vector<int> held(static_cast<std::size_t>(value) + 1, 1);
  TF_AWAIT(sleep(std::chrono::nanoseconds(1)));
  TF_RETURN static_cast<int>(held.size());
}

// Something of everything that allocates.
TF_ASYNC(int) use_everything() {
  int sum = 0;
  std::vector<JoinHandle<int>> handles;
  for (int i = 0; i < 5; ++i) handles.push_back(spawn_named("answer", answer, i));
  for (auto& handle : handles) sum += TF_AWAIT(handle);

  auto ends = channel<std::string>(2);
  TF_AWAIT(ends.sender.send(std::string(100, 'x')));
  sum += static_cast<int>(TF_AWAIT(ends.receiver.recv()).value().size());

  TaskGroup group;
  for (int i = 0; i < 3; ++i) group.spawn(answer, i);
  TF_AWAIT(group.join());

  const auto [first, second] = TF_AWAIT(join(async(answer, 1), async(answer, 2)));
  sum += first + second;
  auto once = oneshot<int>();
  once.sender.send(1);
  sum += TF_AWAIT(once.receiver).value_or(0);

  auto pipe = Pipe::create();
  std::array<std::byte, 1> byte{};
  TF_AWAIT(pipe.writer.write_all(byte));
  sum += static_cast<int>(TF_AWAIT(pipe.reader.read(byte)));
  TF_RETURN sum;
}

constexpr int kAnswer = 15 + 100 + 5 + 1 + 1;

TEST(AllocationFailures, Of_any_allocation_leave_the_runtime_as_it_was) {
  Runtime runtime;
  ASSERT_EQ(runtime.block_on(use_everything), kAnswer);
  long reported = 0;
  const long failures_before = failures.load();
  int unharmed = 0;
  for (long k = 0; k < 2'000 && unharmed < 3; ++k) {
    const long before = failures.load();
    allocations_left = k;
    try {
      EXPECT_EQ(runtime.block_on(use_everything), kAnswer);
    } catch (const std::bad_alloc&) {
      ++reported;
    }
    allocations_left = -1;
    unharmed = failures.load() == before ? unharmed + 1 : 0;
    // Tasks that lost their owner end meanwhile.
    ASSERT_EQ(runtime.block_on(use_everything), kAnswer) << "after allocation " << k << " failed";
    ASSERT_EQ(runtime.metrics().tasks_alive, 0u) << "after allocation " << k << " failed";
  }
  EXPECT_GE(unharmed, 3) << "more than 2,000 allocations";
  EXPECT_GT(reported, 0);
  // A failure that is not seen here ended a task that nobody awaits any more.
  EXPECT_LE(reported, failures.load() - failures_before);
}

TF_ASYNC(void) park() {
  TF_AWAIT(pending<Unit>());
  TF_RETURN;
}

TF_ASYNC(void) end_at_once() { TF_RETURN; }

// Of what the group lets go of then, and where it grows.
TEST(AllocationFailures, In_a_group_leave_no_task_that_cannot_be_aborted) {
  Runtime runtime;
  bool has_failed = true;
  for (long k = 0; has_failed; ++k) {
    ASSERT_LT(k, 100) << "more than 100 allocations";
    const long before = failures.load();
    runtime.block_on([k]() -> TF_ASYNC(void) {
      TaskGroup group;
      for (int i = 0; i < 8; ++i) {
        if (i % 2 == 0) {
          group.spawn(park);
        } else {
          group.spawn(end_at_once);
        }
      }
      for (int i = 0; i < 3; ++i) TF_AWAIT(yield_now());
      allocations_left = k;
      try {
        group.spawn(park);
      } catch (const std::bad_alloc&) {
        EXPECT_EQ(group.size(), 4u) << "after allocation " << k << " failed";
      }
      allocations_left = -1;
      group.abort_all();
      TF_AWAIT(group.join());
      TF_RETURN;
    });
    has_failed = failures.load() != before;
    ASSERT_EQ(runtime.metrics().tasks_alive, 0u) << "after allocation " << k << " failed";
  }
}

// More than frames from the pool may have.
TF_ASYNC(void) hold_much() {
  std::array<char, 4096> held{};
  keep_whole(held);
  TF_AWAIT(yield_now());
  keep_whole(held);
  TF_RETURN;
}

// A member's own coroutine too is made when it is spawned.
TEST(AllocationFailures, In_spawning_a_member_do_not_fail_its_group) {
  Runtime runtime;
  bool has_failed = true;
  for (long k = 0; has_failed; ++k) {
    ASSERT_LT(k, 100) << "more than 100 allocations";
    const long before = failures.load();
    runtime.block_on([k]() -> TF_ASYNC(void) {
      TaskGroup group;
      allocations_left = k;
      try {
        group.spawn(hold_much);
      } catch (const std::bad_alloc&) {
        EXPECT_EQ(group.size(), 0u) << "after allocation " << k << " failed";
      }
      for (int i = 0; i < 3; ++i) TF_AWAIT(yield_now());
      allocations_left = -1;
      TF_AWAIT(group.join());
      TF_RETURN;
    });
    has_failed = failures.load() != before;
  }
}

TEST(AllocationFailures, In_handing_work_to_the_pool_leave_it_undone) {
  bool has_failed = true;
  for (long k = 0; has_failed; ++k) {
    ASSERT_LT(k, 100) << "more than 100 allocations";
    const long before = failures.load();
    std::atomic<int> runs{0};
    bool is_refused = false;
    Runtime runtime({.blocking_threads = 1});
    runtime.block_on([&runs, &is_refused, k]() -> TF_ASYNC(void) {
      auto work = [&runs] { ++runs; };
      std::optional<BlockingCall<decltype(work)>> call;
      allocations_left = k;
      try {
        call.emplace(detail::require_executor("a test"), work);
      } catch (const std::bad_alloc&) {
        is_refused = true;
      }
      allocations_left = -1;
      if (call) TF_AWAIT(*call);
      TF_AWAIT(spawn_blocking([] {}));
      TF_RETURN;
    });
    EXPECT_EQ(runs.load(), is_refused ? 0 : 1) << "allocation " << k;
    has_failed = failures.load() != before;
  }
}

// Gives what came of reading all of a pipe in which `sent` is, where no memory can be had at first.
TF_ASYNC(std::string) read_without_memory_at_first(std::string sent) {
  std::string text;
  auto pipe = Pipe::create();
  TF_AWAIT(pipe.writer.write_all(sent));
  {
    const auto closed = std::move(pipe.writer);
  }
  allocations_left = 0;
  bool has_failed = false;
  try {
    TF_AWAIT(pipe.reader.read_to_end(text));
  } catch (const std::bad_alloc&) {
    has_failed = true;
  }
  allocations_left = -1;
  EXPECT_TRUE(has_failed);
  TF_AWAIT(pipe.reader.read_to_end(text));
  TF_RETURN text;
}

TEST(AllocationFailures, In_reading_to_the_end_lose_no_byte) {
  const std::string sent(5'000, 'x');
  // The first time it is the thread's own buffer that cannot be had, then the string's room.
  for (int i = 0; i < 2; ++i) EXPECT_EQ(block_on(read_without_memory_at_first, sent), sent);
}

TEST(AllocationFailures, In_making_a_runtime_are_reported) {
  for (long k = 0; k < 200; ++k) {
    const long before = failures.load();
    allocations_left = k;
    try {
      Runtime runtime;
      allocations_left = -1;
      EXPECT_EQ(runtime.block_on(use_everything), kAnswer);
    } catch (const std::bad_alloc&) {
      EXPECT_GT(failures.load(), before);
    }
    allocations_left = -1;
    if (failures.load() == before) return;
  }
  FAIL() << "a runtime takes more than 200 allocations";
}

}  // namespace
}  // namespace twofold::test
