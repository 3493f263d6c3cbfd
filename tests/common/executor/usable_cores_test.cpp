// How many cores a runtime takes by itself: affinity, and the quota of a control group.
#include "twofold/executor/usable_cores.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <optional>
#include <thread>
#include <twofold/twofold.hpp>

namespace twofold::detail {
namespace {

// On a thread of its own, whose affinity is nobody else's.
template <class Check>
void on_one_core(Check check) {
  std::thread([&] {
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(static_cast<unsigned>(::sched_getcpu()), &here);
    ASSERT_EQ(::sched_setaffinity(0, sizeof here, &here), 0);
    check();
  }).join();
}

TEST(UsableCores, Are_one_where_the_thread_is_pinned) {
  on_one_core([] { EXPECT_EQ(usable_cores(), 1u); });
}

TEST(UsableCores, Are_the_workers_of_a_runtime_that_is_not_told_how_many) {
  on_one_core([] {
    Runtime runtime{RuntimeOptions{.workers = 0}};
    // One worker runs on the thread that calls block_on.
    EXPECT_EQ(runtime.block_on([] { return std::this_thread::get_id(); }),
              std::this_thread::get_id());
  });
}

TEST(UsableCores, Of_a_quota_are_rounded_up) {
  EXPECT_EQ(cores_of_quota("100000 100000"), 1u);
  EXPECT_EQ(cores_of_quota("150000 100000"), 2u);
  EXPECT_EQ(cores_of_quota("1000 100000"), 1u);
  EXPECT_EQ(cores_of_quota("800000 50000"), 16u);
}

TEST(UsableCores, Are_not_limited_without_a_quota) {
  EXPECT_EQ(cores_of_quota("max 100000"), std::nullopt);
}

TEST(UsableCores, Are_not_limited_by_what_is_no_quota) {
  for (const char* text : {"", "100000", "100000 ", "100000 0", "0 100000", "a lot", "-5 100"}) {
    EXPECT_EQ(cores_of_quota(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace twofold::detail
