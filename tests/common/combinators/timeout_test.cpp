#include <twofold/combinators/timeout.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <twofold/twofold.hpp>

#include "combinators_test_support.hpp"

using namespace std::chrono_literals;
using twofold::test::Probe;
using twofold::test::ProbeLog;

namespace {

static_assert(sizeof(twofold::timeout(1s, twofold::ready(1))) <=
              sizeof(twofold::Sleep) + 2 * sizeof(void*));

TEST(Timeout, gives_the_output_of_a_future_that_is_in_time) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    const std::optional<int> got = TF_AWAIT(twofold::timeout(1h, twofold::ready(4)));
    EXPECT_EQ(got, 4);
    TF_RETURN;
  });
}

TEST(Timeout, gives_nothing_when_time_is_up_and_has_cancelled_the_future) {
  ProbeLog log;
  twofold::block_on([&]() -> TF_ASYNC(void) {
    const auto start = std::chrono::steady_clock::now();
    auto limited = twofold::timeout(2ms, Probe(log, Probe::kNever, 1));
    EXPECT_FALSE(TF_AWAIT(limited).has_value());
    EXPECT_EQ(log.destroyed, 1);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 2ms);
    TF_RETURN;
  });
}

TEST(Timeout, of_zero_polls_the_future_once) {
  ProbeLog log;
  twofold::block_on([&]() -> TF_ASYNC(void) {
    EXPECT_EQ(TF_AWAIT(twofold::timeout(0s, twofold::ready(1))), 1);
    EXPECT_FALSE(TF_AWAIT(twofold::timeout(0s, Probe(log, 5, 1))).has_value());
    TF_RETURN;
  });
  EXPECT_EQ(log.polls, 1);
}

TEST(Timeout, of_a_named_handle_leaves_the_task_running) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    bool gave_up = false;
    auto handle = twofold::spawn([&]() -> TF_ASYNC(int) {
      while (!gave_up) TF_AWAIT(twofold::sleep(1ms));
      TF_RETURN 5;
    });
    EXPECT_FALSE(TF_AWAIT(twofold::timeout(500us, handle)).has_value());
    gave_up = true;
    EXPECT_EQ(TF_AWAIT(handle), 5);
    TF_RETURN;
  });
}

TEST(Timeout, of_the_longest_duration_never_fires) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    const auto got = TF_AWAIT(twofold::timeout(
        std::chrono::hours::max(), twofold::sleep(1ms) | twofold::map([] { return 1; })));
    EXPECT_TRUE(got.has_value());
    TF_RETURN;
  });
}

TEST(Timeout, of_a_timeout_keeps_the_two_apart) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    const auto got = TF_AWAIT(twofold::timeout(1h, twofold::timeout(0s, twofold::pending<int>())));
    EXPECT_TRUE(got.has_value());
    EXPECT_FALSE(got->has_value());
    TF_RETURN;
  });
}

}  // namespace
