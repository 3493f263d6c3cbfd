#include <twofold/combinators/select.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <twofold/twofold.hpp>

#include "combinators_test_support.hpp"

using namespace std::chrono_literals;
using twofold::test::Probe;
using twofold::test::ProbeLog;

namespace {

static_assert(sizeof(twofold::select(twofold::ready(1), twofold::ready(2))) == 3 * sizeof(int));

TEST(Select, gives_the_first_that_is_ready_in_the_alternative_of_its_place) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    const auto got = TF_AWAIT(twofold::select(
        twofold::sleep(1h), twofold::ready(std::string("won")), twofold::pending<int>()));
    EXPECT_EQ(got.index(), 1u);
    EXPECT_EQ(std::get<1>(got), "won");
    TF_RETURN;
  });
}

TEST(Select, prefers_the_earlier_of_two_that_are_ready) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    const auto got = TF_AWAIT(twofold::select(twofold::ready(1), twofold::ready(2)));
    EXPECT_EQ(got.index(), 0u);
    TF_RETURN;
  });
}

TEST(Select, has_cancelled_the_losers_when_it_is_ready) {
  ProbeLog loser;
  twofold::block_on([&]() -> TF_ASYNC(void) {
    auto race = twofold::select(Probe(loser, Probe::kNever, 1), twofold::sleep(1us));
    TF_AWAIT(race);
    EXPECT_EQ(loser.destroyed, 1);  // though `race` is still there
    TF_RETURN;
  });
  EXPECT_EQ(loser.destroyed, 1);
}

TEST(Select, cancels_a_losing_async_call_with_its_destructors) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    bool destroyed = false;
    struct Guard {
      bool& destroyed;
      ~Guard() { destroyed = true; }
    };
    const auto got = TF_AWAIT(twofold::select(twofold::async([&]() -> TF_ASYNC(int) {
                                                const Guard guard{destroyed};
                                                TF_AWAIT(twofold::sleep(1h));
                                                TF_RETURN 1;
                                              }),
                                              twofold::sleep(1us)));
    EXPECT_EQ(got.index(), 1u);
    EXPECT_TRUE(destroyed);
    TF_RETURN;
  });
}

TEST(Select, leaves_a_named_handle_that_lost_to_be_awaited_later) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    int timeouts = 0;
    auto handle = twofold::spawn([&]() -> TF_ASYNC(int) {
      while (timeouts < 2) TF_AWAIT(twofold::sleep(1ms));
      TF_RETURN 9;
    });
    for (;;) {
      const auto got = TF_AWAIT(twofold::select(handle, twofold::sleep(1ms)));
      if (got.index() == 0) {
        EXPECT_EQ(std::get<0>(got), 9);
        break;
      }
      ++timeouts;
    }
    EXPECT_GE(timeouts, 2);
    TF_RETURN;
  });
}

TEST(Select, leaves_a_named_sleep_that_lost_running) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto deadline = twofold::sleep(2ms);
    int rounds = 0;
    while (TF_AWAIT(twofold::select(deadline, twofold::sleep(500us))).index() != 0) ++rounds;
    // One that began anew each time would lose each time.
    EXPECT_LE(rounds, 4);
    TF_RETURN;
  });
}

TEST(Select, nests_in_other_combinators) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [first, second] = TF_AWAIT(twofold::join(
        twofold::select(twofold::sleep(1h), twofold::ready(1)),
        twofold::timeout(1ms, twofold::select(twofold::sleep(1h), twofold::pending<int>()))));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_FALSE(second.has_value());
    TF_RETURN;
  });
}

TEST(Select, polled_again_after_it_was_ready_stops_a_program_that_has_assertions) {
#ifdef NDEBUG
  GTEST_SKIP() << "this build has no assertions";
#else
  const auto poll_again = []() -> TF_ASYNC(void) {
    auto race = twofold::select(twofold::ready(1), twofold::ready(2));
    TF_AWAIT(race);
    TF_AWAIT(race);
    TF_RETURN;
  };
  EXPECT_DEATH(twofold::block_on(poll_again), "polled after it was ready");
#endif
}

TEST(Select, lets_an_exception_out) {
  ProbeLog log;
  EXPECT_THROW(twofold::block_on([&]() -> TF_ASYNC(void) {
                 TF_AWAIT(twofold::select(Probe(log, Probe::kNever, 1),
                                          twofold::ready(1) | twofold::map([](int) -> int {
                                            throw std::runtime_error("no");
                                          })));
                 TF_RETURN;
               }),
               std::runtime_error);
  EXPECT_EQ(log.destroyed, 1);
}

}  // namespace
