#include <twofold/combinators/join.hpp>

#include <gtest/gtest.h>

#include <ranges>
#include <stdexcept>
#include <string>
#include <twofold/twofold.hpp>
#include <vector>

#include "combinators_test_support.hpp"

using namespace std::chrono_literals;
using twofold::test::Probe;
using twofold::test::ProbeLog;

namespace {

static_assert(sizeof(twofold::join(twofold::ready(1), twofold::ready(2))) == 4 * sizeof(int));

auto later(int turns, int value) {
  return twofold::async([turns, value]() -> TF_ASYNC(int) {
    for (int turn = 0; turn < turns; ++turn) TF_AWAIT(twofold::yield_now());
    TF_RETURN value;
  });
}

TEST(Join, gives_all_outputs_in_the_order_of_the_arguments) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [one, text, unit] = TF_AWAIT(
        twofold::join(later(3, 1), twofold::ready(std::string("two")), twofold::sleep(1us)));
    EXPECT_EQ(one, 1);
    EXPECT_EQ(text, "two");
    EXPECT_EQ(unit, twofold::Unit{});
    TF_RETURN;
  });
}

TEST(Join, runs_its_futures_in_turns) {
  std::string trace;
  twofold::block_on([&]() -> TF_ASYNC(void) {
    auto writer = [&trace](char name) -> TF_ASYNC(void) {
      for (int i = 0; i < 3; ++i) {
        trace += name;
        TF_AWAIT(twofold::yield_now());
      }
      TF_RETURN;
    };
    TF_AWAIT(twofold::join(twofold::async(writer, 'a'), twofold::async(writer, 'b')));
    TF_RETURN;
  });
  EXPECT_EQ(trace, "ababab");
}

TEST(Join, of_nothing_is_ready_at_once) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    EXPECT_EQ(TF_AWAIT(twofold::join()), std::tuple<>());
    TF_RETURN;
  });
}

TEST(Join, waits_for_named_handles_and_leaves_them_alive) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto first = twofold::spawn([]() -> TF_ASYNC(int) {
      TF_AWAIT(twofold::sleep(1ms));
      TF_RETURN 1;
    });
    auto second = twofold::spawn([]() -> TF_ASYNC(int) { TF_RETURN 2; });
    auto [one, two] = TF_AWAIT(twofold::join(first, second));
    EXPECT_EQ(one + two, 3);
    EXPECT_TRUE(first.is_finished());
    TF_RETURN;
  });
}

TEST(Join, rethrows_and_cancels_the_rest) {
  ProbeLog log;
  EXPECT_THROW(
      twofold::block_on([&]() -> TF_ASYNC(void) {
        TF_AWAIT(twofold::join(Probe(log, Probe::kNever, 1), twofold::async([]() -> TF_ASYNC(int) {
                                 TF_AWAIT(twofold::yield_now());
                                 throw std::runtime_error("no");
                                 TF_RETURN 1;
                               })));
        TF_RETURN;
      }),
      std::runtime_error);
  EXPECT_EQ(log.destroyed, 1);
}

TEST(JoinAll, takes_a_temporary_vector) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    std::vector<decltype(later(1, 1))> calls;
    for (int i = 0; i < 20; ++i) calls.push_back(later(20 - i, i));
    const std::vector<int> got = TF_AWAIT(twofold::join_all(std::move(calls)));
    EXPECT_EQ(got.size(), 20u);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
    TF_RETURN;
  });
}

TEST(JoinAll, takes_a_view_that_makes_futures) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto calls = std::views::iota(0, 5) | std::views::transform([](int i) { return later(i, i); });
    const std::vector<int> got = TF_AWAIT(twofold::join_all(calls));
    EXPECT_EQ(got, (std::vector{0, 1, 2, 3, 4}));
    TF_RETURN;
  });
}

TEST(JoinAll, polls_a_named_vector_of_handles_in_place) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    std::vector<twofold::JoinHandle<void>> handles;
    for (int i = 0; i < 5; ++i) {
      handles.push_back(twofold::spawn([]() -> TF_ASYNC(void) {
        TF_AWAIT(twofold::yield_now());
        TF_RETURN;
      }));
    }
    const std::vector<twofold::Unit> got = TF_AWAIT(twofold::join_all(handles));
    EXPECT_EQ(got.size(), 5u);
    for (auto& handle : handles) EXPECT_TRUE(handle.is_finished());
    TF_RETURN;
  });
}

TEST(JoinAll, of_nothing_is_ready_at_once) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    EXPECT_TRUE(TF_AWAIT(twofold::join_all(std::vector<twofold::Sleep>())).empty());
    TF_RETURN;
  });
}

}  // namespace
