// OwnerLock on threads of the system: with the kernel's fence and without.
#include "twofold/detail/owner_lock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace twofold {
namespace {

using detail::Inside;
using Lock = detail::OwnerLock<>;

class OwnerLock : public testing::TestWithParam<bool> {};

// The counter is a plain one: were two inside at once, it would miss some.
TEST_P(OwnerLock, lets_one_in_at_a_time) {
  constexpr int kOthers = 2;
  constexpr long kClaims = 2'000;
  Lock lock(GetParam());
  long counter = 0;
  std::atomic<int> claiming{kOthers};
  std::vector<std::thread> others;
  for (int i = 0; i < kOthers; ++i) {
    others.emplace_back([&] {
      for (long k = 0; k < kClaims; ++k) {
        lock.claim();
        ++counter;
        lock.release();
      }
      claiming.fetch_sub(1);
    });
  }
  long own = 0;
  while (claiming.load(std::memory_order_relaxed) != 0) {
    const Inside<Lock> inside(lock);
    ++counter;
    ++own;
    if (own % 1'000 == 0) lock.go_absent();
  }
  for (std::thread& other : others) other.join();
  EXPECT_EQ(counter, own + kOthers * kClaims);
}

TEST_P(OwnerLock, is_claimed_at_once_while_its_owner_is_absent) {
  Lock lock(GetParam());
  ASSERT_TRUE(lock.try_claim_absent());
  EXPECT_FALSE(lock.try_claim_absent()) << "another has it";
  lock.release();
  {
    const Inside<Lock> inside(lock);
  }
  EXPECT_TRUE(lock.is_present());
  EXPECT_FALSE(lock.try_claim_absent());
  {
    const Inside<Lock> inside(lock);
    lock.go_absent();
  }
  ASSERT_TRUE(lock.try_claim_absent());
  lock.release();
}

INSTANTIATE_TEST_SUITE_P(Fences, OwnerLock, testing::Bool(), [](const auto& point) {
  return point.param ? "on_both_sides" : "by_the_kernel";
});

}  // namespace
}  // namespace twofold
