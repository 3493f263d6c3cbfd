#include <twofold/sync/wait_group.hpp>

#include <stdexcept>
#include <thread>

#include "sync_test_support.hpp"

using namespace std::chrono_literals;
using twofold::WaitGroup;
using twofold::test::abort_all;
using twofold::test::settle;

namespace {

TEST(WaitGroup, waits_until_all_is_done) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    WaitGroup group;
    TF_AWAIT(group.wait());
    int done = 0;
    group.add(10);
    for (int i = 0; i < 10; ++i) {
      twofold::spawn([&]() -> TF_ASYNC(void) {
        TF_AWAIT(twofold::yield_now());
        ++done;
        group.done();
        TF_RETURN;
      });
    }
    TF_AWAIT(group.wait());
    EXPECT_EQ(done, 10);
    EXPECT_EQ(group.count(), 0u);
    TF_RETURN;
  });
}

TEST(WaitGroup, refuses_more_dones_than_were_added) {
  WaitGroup group(1);
  group.done();
  EXPECT_THROW(group.done(), std::logic_error);
}

TEST(WaitGroup, survives_ten_thousand_aborted_waiters_and_wakes_the_rest) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    WaitGroup group(1);
    std::vector<twofold::JoinHandle<void>> tasks;
    auto wait = [&]() -> TF_ASYNC(void) {
      TF_AWAIT(group.wait());
      TF_RETURN;
    };
    for (int i = 0; i < 10'000; ++i) tasks.push_back(twofold::spawn(wait));
    auto last = twofold::spawn(wait);
    TF_AWAIT(settle());
    TF_AWAIT(abort_all(tasks));
    EXPECT_FALSE(last.is_finished());
    group.done();
    TF_AWAIT(last);
    TF_RETURN;
  });
}

// Who waits may destroy the group as soon as it is told, while done() is on its way out on another
// thread.
TEST(WaitGroup, may_be_destroyed_by_who_waited) {
  for (int round = 0; round < 500; ++round) {
    std::thread other;
    {
      WaitGroup group(1);
      other = std::thread([&]() { group.done(); });
      twofold::block_on([&]() -> TF_ASYNC(void) {
        TF_AWAIT(group.wait());
        TF_RETURN;
      });
    }
    other.join();
  }
}

}  // namespace
