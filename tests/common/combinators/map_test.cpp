#include <twofold/combinators/map.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <twofold/twofold.hpp>

#include "combinators_test_support.hpp"

using namespace std::chrono_literals;
using twofold::test::Probe;
using twofold::test::ProbeLog;

namespace {

constexpr auto kTwice = [](int value) { return value * 2; };
static_assert(sizeof(twofold::map(twofold::ready(1), kTwice)) <= 2 * sizeof(int));
static_assert(
    std::is_same_v<decltype(twofold::map(twofold::ready(1), [](int) {}))::Output, twofold::Unit>);

TEST(Map, gives_what_the_function_makes_of_the_output) {
  const int got = twofold::block_on(
      []() -> TF_ASYNC(int) { TF_RETURN TF_AWAIT(twofold::map(twofold::ready(21), kTwice)); });
  EXPECT_EQ(got, 42);
}

TEST(Map, can_be_piped_and_chained) {
  const std::string got = twofold::block_on([]() -> TF_ASYNC(std::string) {
    TF_RETURN TF_AWAIT(twofold::ready(20) | twofold::map([](int value) { return value + 1; }) |
                       twofold::map(kTwice) |
                       twofold::map([](int value) { return std::to_string(value); }));
  });
  EXPECT_EQ(got, "42");
}

TEST(Map, does_nothing_before_it_is_polled) {
  bool called = false;
  {
    [[maybe_unused]] auto unused = twofold::ready(1) | twofold::map([&](int) { called = true; });
  }
  EXPECT_FALSE(called);
}

TEST(Map, may_be_moved_before_it_is_polled) {
  const int got = twofold::block_on([]() -> TF_ASYNC(int) {
    auto first = twofold::sleep(1us) | twofold::map([] { return 7; });
    auto second = std::move(first);
    TF_RETURN TF_AWAIT(second);
  });
  EXPECT_EQ(got, 7);
}

TEST(Map, carries_values_that_can_only_be_moved) {
  const int got = twofold::block_on([]() -> TF_ASYNC(int) {
    auto boxed = TF_AWAIT(twofold::ready(std::make_unique<int>(3)) |
                          twofold::map([](std::unique_ptr<int> box) {
                            ++*box;
                            return box;
                          }));
    TF_RETURN* boxed;
  });
  EXPECT_EQ(got, 4);
}

TEST(Map, takes_void_both_ways) {
  const bool got = twofold::block_on([]() -> TF_ASYNC(bool) {
    bool reached = false;
    twofold::Unit unit = TF_AWAIT(twofold::async([]() -> TF_ASYNC(void) { TF_RETURN; }) |
                                  twofold::map([&] { reached = true; }));
    TF_RETURN reached&& unit == twofold::Unit{};
  });
  EXPECT_TRUE(got);
}

TEST(Map, polls_a_named_future_in_place) {
  ProbeLog log;
  const int got = twofold::block_on([&]() -> TF_ASYNC(int) {
    Probe probe(log, 3, 5);
    const int value = TF_AWAIT(twofold::map(probe, kTwice));
    EXPECT_EQ(log.destroyed, 0);
    TF_RETURN value;
  });
  EXPECT_EQ(got, 10);
  EXPECT_EQ(log.polls, 3);
  EXPECT_EQ(log.destroyed, 1);
}

TEST(Map, lets_an_exception_of_the_function_out) {
  EXPECT_THROW(twofold::block_on([]() -> TF_ASYNC(int) {
                 TF_RETURN TF_AWAIT(twofold::ready(1) | twofold::map([](int) -> int {
                                      throw std::runtime_error("no");
                                    }));
               }),
               std::runtime_error);
}

}  // namespace
