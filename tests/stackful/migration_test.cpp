// What belongs to a thread, seen from a fiber that moves between threads: errno, thread-locals, and
// the runtime's own. At whatever level of optimization the suite is built with, -O3 and LTO
// included.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <twofold/twofold.hpp>
#include <vector>

#include "common/keep_whole.hpp"

namespace twofold {
namespace {

thread_local long thread_number = 0;  // set by whoever finds 0
thread_local int scratch = 0;

[[nodiscard]] long thread_id() { return ::syscall(SYS_gettid); }

std::atomic<int> moves{0};

// Everything in one function, so that the compiler could keep what it once found.
void look_after_each_move(int rounds) {
  long last = thread_id();
  for (int round = 0; round < rounds; ++round) {
    if (thread_number == 0) thread_number = thread_id();
    errno = round;
    scratch = round;
    await(yield_now());
    const long now = thread_id();
    if (now != last) moves.fetch_add(1, std::memory_order_relaxed);
    last = now;
    if (thread_number != 0) {
      ASSERT_EQ(thread_number, now);
    }
    // What the C library sets is what is read, on whichever thread.
    errno = 0;
    scratch = 0;
    static_cast<void>(std::strtol("99999999999999999999999", nullptr, 10));
    ASSERT_EQ(errno, ERANGE);
    ASSERT_EQ(scratch, 0);
    errno = 0;
    ASSERT_EQ(::close(-1), -1);
    ASSERT_EQ(errno, EBADF);
    // The runtime's own idea of the running fiber and of its thread.
    ASSERT_EQ(&fiber::current_fiber()->task->executor(),
              &twofold::detail::current_executor()->owner());
    ASSERT_EQ(fiber::this_thread().current, fiber::current_fiber());
  }
}

TEST(Migration, LeavesNoThreadsValuesBehind) {
#if defined(TWOFOLD_TSAN)
  GTEST_SKIP() << "code for ThreadSanitizer keeps the addresses of thread_locals";
#endif
  Runtime runtime({.workers = 2});
  for (int attempt = 0; attempt < 50 && moves.load() < 100; ++attempt) {
    runtime.block_on([] {
      std::vector<JoinHandle<void>> handles;
      for (int i = 0; i < 16; ++i) handles.push_back(spawn(look_after_each_move, 2'000));
      for (auto& handle : handles) await(handle);
    });
  }
  EXPECT_GE(moves.load(), 100) << "too few fibers have moved to say anything";
}

int rethrows_its_own(int mine, int rounds) {
  try {
    throw mine;
  } catch (int) {
    for (int round = 0; round < rounds; ++round) await(yield_now());
    try {
      throw;
    } catch (int caught) {
      return caught;
    }
  }
}

TEST(Migration, KeepsExceptionsInFlight) {
  Runtime runtime({.workers = 2});
  runtime.block_on([] {
    std::vector<JoinHandle<int>> handles;
    for (int i = 0; i < 100; ++i) handles.push_back(spawn(rethrows_its_own, i, 300));
    for (int i = 0; i < 100; ++i) EXPECT_EQ(await(handles[static_cast<std::size_t>(i)]), i);
  });
}

[[gnu::noinline]] int deep_with_yields(int depth) {
  volatile char frame[200];
  test::keep_whole(frame);
  frame[0] = 1;
  if (depth % 8 == 0) await(yield_now());
  return depth == 0 ? 0 : deep_with_yields(depth - frame[0]) + frame[0];
}

TEST(Migration, CarriesGrownStacks) {
  Runtime runtime({.workers = 2});
  runtime.block_on([] {
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < 32; ++i) {
      handles.push_back(spawn([] {
        for (int round = 0; round < 50; ++round) ASSERT_EQ(deep_with_yields(100), 100);
      }));
    }
    for (auto& handle : handles) await(handle);
  });
}

}  // namespace
}  // namespace twofold
