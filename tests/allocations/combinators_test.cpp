// Combinators allocate nothing, and are as large as what they hold: counted, and pinned.
//
// A program of its own, since it replaces operator new.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>
#include <twofold/twofold.hpp>

namespace {
std::atomic<long> allocations{0};
}

// Out of line: gcc would take an inlined pair of new and free() for a mistake.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(bytes != 0 ? bytes : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace twofold {
namespace {

using namespace std::chrono_literals;

/// Pending so many times, each time with a wake to come.
class Later {
 public:
  using Output = int;
  explicit Later(int times) noexcept : left_(times) {}
  Poll<int> poll(Context& context) {
    if (left_-- == 0) return Ready(7);
    context.waker().wake();
    return Pending;
  }

 private:
  int left_;
};

// ---- sizes: a byte more for each waiting task is a result here ----

static_assert(sizeof(Waker) == sizeof(void*));
static_assert(sizeof(Context) == sizeof(void*));
static_assert(sizeof(Poll<Unit>) == 1);
static_assert(sizeof(YieldNow) == 1);
static_assert(sizeof(detail::TimerNode) <= 6 * sizeof(void*));
static_assert(sizeof(Sleep) == sizeof(detail::TimerNode));
static_assert(sizeof(JoinHandle<int>) == sizeof(void*));

struct Twice {
  int operator()(int value) const noexcept { return 2 * value; }
};
struct ThenLater {
  Later operator()(int value) const noexcept { return Later(value); }
};
constexpr std::size_t kLater = sizeof(Later);
static_assert(sizeof(map(Later(1), Twice{})) == kLater, "a function without state takes no room");
static_assert(sizeof(and_then(Later(1), ThenLater{})) == kLater + sizeof(int),
              "the larger of the two futures, and which of them it is");
static_assert(sizeof(select(Later(1), Later(1))) == 3 * kLater, "both, and whether they are there");
static_assert(sizeof(timeout(1s, Later(1))) == sizeof(Sleep) + 2 * sizeof(void*));

/// How many allocations `operation`, an async function, makes when it is run for the second time.
template <class Operation>
long allocations_of(Operation operation) {
  long made = -1;
  block_on([&]() -> TF_ASYNC(void) {
    TF_AWAIT(operation());  // pools and lists grow once
    const long before = allocations.load();
    TF_AWAIT(operation());
    made = allocations.load() - before;
    TF_RETURN;
  });
  return made;
}

TEST(CombinatorAllocations, Map_and_and_then_make_none) {
  EXPECT_EQ(allocations_of([]() -> TF_ASYNC(void) {
              const int value = TF_AWAIT(Later(3) | map(Twice{}) | and_then(ThenLater{}));
              EXPECT_EQ(value, 7);
              TF_RETURN;
            }),
            0);
}

TEST(CombinatorAllocations, Join_makes_none) {
  EXPECT_EQ(allocations_of([]() -> TF_ASYNC(void) {
              auto both = TF_AWAIT(join(Later(2), Later(5), sleep(10us)));
              EXPECT_EQ(std::get<0>(both), 7);
              TF_RETURN;
            }),
            0);
}

TEST(CombinatorAllocations, Select_makes_none) {
  EXPECT_EQ(allocations_of([]() -> TF_ASYNC(void) {
              auto won = TF_AWAIT(select(sleep(1h), Later(2)));
              EXPECT_EQ(won.index(), 1U);
              TF_RETURN;
            }),
            0);
}

TEST(CombinatorAllocations, Timeout_makes_none_in_time_or_late) {
  EXPECT_EQ(allocations_of([]() -> TF_ASYNC(void) {
              const auto in_time = TF_AWAIT(timeout(1h, Later(2)));
              EXPECT_TRUE(in_time);
              const auto late = TF_AWAIT(timeout(10us, sleep(1h)));
              EXPECT_FALSE(late);
              const auto at = TF_AWAIT(timeout_at(now() + 10us, pending<int>()));
              EXPECT_FALSE(at);
              TF_RETURN;
            }),
            0);
}

TEST(CombinatorAllocations, Combinators_in_combinators_make_none) {
  EXPECT_EQ(allocations_of([]() -> TF_ASYNC(void) {
              auto all = TF_AWAIT(timeout(
                  1h, join(select(Later(1), Later(2)), timeout(1h, Later(3) | map(Twice{})))));
              EXPECT_TRUE(all);
              TF_RETURN;
            }),
            0);
}

TF_ASYNC(int) called(int value) {
  TF_AWAIT(yield_now());
  TF_RETURN value;
}

TEST(CombinatorAllocations, Async_calls_inside_make_none_in_the_steady_state) {
  EXPECT_EQ(allocations_of([]() -> TF_ASYNC(void) {
              auto both = TF_AWAIT(join(async(called, 1), async(called, 2)));
              EXPECT_EQ(std::get<1>(both), 2);
              TF_RETURN;
            }),
            0);
}

TEST(CombinatorAllocations, Waiting_in_a_channel_or_for_a_lock_makes_none) {
  auto [tx, rx] = channel<int>(1);
  Mutex mutex;
  EXPECT_EQ(allocations_of([&, sender = tx]() -> TF_ASYNC(void) {
              const MutexGuard guard = TF_AWAIT(mutex.lock());
              const auto nothing = TF_AWAIT(timeout(10us, rx.recv()));
              EXPECT_FALSE(nothing);
              const auto not_given = TF_AWAIT(timeout(10us, mutex.lock()));
              EXPECT_FALSE(not_given);
              auto both = TF_AWAIT(join(sender.send(1), rx.recv()));
              EXPECT_TRUE(std::get<0>(both));
              TF_RETURN;
            }),
            0);
}

}  // namespace
}  // namespace twofold
