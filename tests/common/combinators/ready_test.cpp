#include <twofold/combinators/ready.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <twofold/twofold.hpp>

using namespace std::chrono_literals;

namespace {

static_assert(sizeof(twofold::ready(1)) == sizeof(int));
static_assert(sizeof(twofold::pending<int>()) == 1);

TEST(Ready, gives_its_value) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    EXPECT_EQ(*TF_AWAIT(twofold::ready(std::make_unique<int>(1))), 1);
    EXPECT_EQ(TF_AWAIT(twofold::ready()), twofold::Unit{});
    TF_RETURN;
  });
}

TEST(Ready, lets_other_tasks_run_from_time_to_time) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    bool stop = false;
    auto other = twofold::spawn([&stop]() -> TF_ASYNC(void) {
      stop = true;
      TF_RETURN;
    });
    int rounds = 0;
    while (!stop && rounds < 1'000'000) rounds += TF_AWAIT(twofold::ready(1));
    EXPECT_TRUE(stop);
    TF_AWAIT(other);
    TF_RETURN;
  });
}

TEST(Pending, is_never_ready) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    EXPECT_FALSE(TF_AWAIT(twofold::timeout(1ms, twofold::pending())).has_value());
    TF_RETURN;
  });
}

}  // namespace
