#include <twofold/combinators/and_then.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <twofold/twofold.hpp>

#include "combinators_test_support.hpp"

using namespace std::chrono_literals;
using twofold::test::Probe;
using twofold::test::ProbeLog;

namespace {

constexpr auto kReadyNext = [](int value) { return twofold::ready(value + 1); };
static_assert(sizeof(twofold::and_then(twofold::ready(1), kReadyNext)) <= 3 * sizeof(int),
              "the two futures share their memory");

TEST(AndThen, runs_the_second_future_with_the_output_of_the_first) {
  const int got = twofold::block_on([]() -> TF_ASYNC(int) {
    TF_RETURN TF_AWAIT(twofold::and_then(twofold::ready(20), [](int value) {
      return twofold::async(
          [](int v) -> TF_ASYNC(int) {
            TF_AWAIT(twofold::yield_now());
            TF_RETURN v + 1;
          },
          value);
    }));
  });
  EXPECT_EQ(got, 21);
}

TEST(AndThen, chains_with_map_by_pipes) {
  const int got = twofold::block_on([]() -> TF_ASYNC(int) {
    TF_RETURN TF_AWAIT(twofold::sleep(1us) | twofold::and_then([] { return twofold::ready(2); }) |
                       twofold::map([](int value) { return value * 10; }) |
                       twofold::and_then(kReadyNext));
  });
  EXPECT_EQ(got, 21);
}

TEST(AndThen, destroys_the_first_future_before_it_polls_the_second) {
  ProbeLog first;
  ProbeLog second;
  twofold::block_on([&]() -> TF_ASYNC(void) {
    auto chain = twofold::and_then(Probe(first, 2, 1), [&](int) {
      return twofold::yield_now() | twofold::map([&] { EXPECT_EQ(first.destroyed, 1); }) |
             twofold::and_then([&] { return Probe(second, 2, 1); });
    });
    auto moved = std::move(chain);
    TF_AWAIT(moved);
    TF_RETURN;
  });
  EXPECT_EQ(first.polls, 2);
  EXPECT_EQ(second.polls, 2);
  EXPECT_EQ(second.destroyed, 1);
}

TEST(AndThen, cancels_the_future_that_it_waits_for) {
  ProbeLog log;
  twofold::block_on([&]() -> TF_ASYNC(void) {
    auto none = TF_AWAIT(twofold::timeout(1ms, twofold::ready(1) | twofold::and_then([&](int) {
                                                 return Probe(log, Probe::kNever, 1);
                                               })));
    EXPECT_FALSE(none.has_value());
    EXPECT_EQ(log.destroyed, 1);
    TF_RETURN;
  });
}

TEST(AndThen, lets_an_exception_of_the_function_out) {
  EXPECT_THROW(twofold::block_on([]() -> TF_ASYNC(int) {
                 TF_RETURN TF_AWAIT(twofold::and_then(
                     twofold::ready(1),
                     [](int) -> twofold::ReadyFuture<int> { throw std::runtime_error("no"); }));
               }),
               std::runtime_error);
}

}  // namespace
