// The system refuses memory for stacks: the Nth mmap, mprotect, madvise. An error comes out of
// spawn, what was there goes on and may grow, and the runtime is usable afterwards.
//
// A program of its own: it stands between the library and the system calls.
#include <errno.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <string>
#include <system_error>
#include <twofold/twofold.hpp>
#include <vector>

namespace {

constexpr long kNever = -1;
std::atomic<long> mmaps_until_failure{kNever};
std::atomic<long> guards_until_failure{kNever};
std::atomic<bool> all_mmaps_fail{false};

// Counts down to the one that fails; all after it succeed again.
[[nodiscard]] bool fails_now(std::atomic<long>& until) {
  long left = until.load();
  while (left != kNever && !until.compare_exchange_weak(left, left - 1)) {
  }
  return left == 0;
}

}  // namespace

extern "C" {

void* mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset) noexcept {
  if (all_mmaps_fail || fails_now(mmaps_until_failure)) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return reinterpret_cast<void*>(
      ::syscall(SYS_mmap, address, length, protection, flags, fd, offset));
}

int mprotect(void* address, size_t length, int protection) noexcept {
  if (protection == PROT_NONE && fails_now(guards_until_failure)) {
    errno = ENOMEM;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_mprotect, address, length, protection));
}

}  // extern "C"

namespace twofold {
namespace {

// Spawns `most` tasks while `until` counts; gives how many could not be had.
int spawn_while(std::atomic<long>& until, int most) {
  std::vector<JoinHandle<int>> handles;
  int failures = 0;
  for (int i = 0; i < most; ++i) {
    try {
      handles.push_back(spawn([i] {
        await(yield_now());
        return i;
      }));
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::not_enough_memory) << error.what();
      ++failures;
    } catch (const std::bad_alloc&) {
      ++failures;
    }
  }
  until.store(kNever);
  EXPECT_EQ(static_cast<int>(handles.size()) + failures, most);
  for (auto& handle : handles) static_cast<void>(await(handle));
  return failures;
}

// Every round begins without a stack in any pool, so that the failure meets each place in turn.
int failures_with(std::atomic<long>& until) {
  int failures = 0;
  for (long nth = 0; nth < 50; ++nth) {
    trim_stacks();
    block_on([&] {
      // So that the spawning task itself needs no more stack: where a stack cannot grow, the
      // program ends with a diagnostic.
      EXPECT_EQ(spawn_while(until, 10), 0);
      until.store(nth);
      failures += spawn_while(until, 5'000);
      EXPECT_EQ(spawn_while(until, 100), 0) << "after the failure of call " << nth;
    });
  }
  return failures;
}

TEST(MemoryFaults, TheNthMmapThatFailsIsAnErrorOfSpawn) {
  EXPECT_GT(failures_with(mmaps_until_failure), 0);
}

// Parks with more on its stack than a fiber begins with.
[[gnu::noinline]] std::size_t park_far_down(Notify& go) {
  char used[20'000];
  std::memset(used, 1, sizeof used);
  await(go.notified());
  return static_cast<std::size_t>(std::count(used, used + sizeof used, 1));
}

TEST(MemoryFaults, FibersGrowOnTheReserveAndNoneBeginsUntilItIsWhole) {
  if (std::string(stack_policy()) != "segmented") GTEST_SKIP() << "these stacks do not grow";
  constexpr std::size_t kFibers = 100;
  block_on([] {
    Notify begin, go;
    std::vector<JoinHandle<std::size_t>> handles;
    handles.reserve(kFibers);
    for (std::size_t i = 0; i < kFibers; ++i) {
      handles.push_back(spawn([&] {
        await(begin.notified());
        return park_far_down(go);
      }));
    }
    await(yield_now());
    trim_stacks();
    all_mmaps_fail = true;
    begin.notify_all();
    await(yield_now());
    EXPECT_THROW(static_cast<void>(spawn([] {})), std::system_error);
    go.notify_all();
    for (auto& handle : handles) EXPECT_EQ(await(handle), 20'000U);
    EXPECT_NO_THROW(await(spawn([] {}))) << "the reserve is whole again";
    all_mmaps_fail = false;
  });
}

TEST(MemoryFaults, TheNthGuardThatFailsIsAnErrorOfSpawn) {
  set_guard_method(GuardMethod::mprotect);
  const int failures = failures_with(guards_until_failure);
  if (std::string(stack_policy()) != "segmented") {
    EXPECT_GT(failures, 0);
  }
  set_guard_method(GuardMethod::automatic);
}

}  // namespace
}  // namespace twofold
