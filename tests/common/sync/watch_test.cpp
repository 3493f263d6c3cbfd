#include <twofold/sync/watch.hpp>

#include <string>
#include <thread>

#include "sync_test_support.hpp"

using namespace std::chrono_literals;
using twofold::test::abort_all;
using twofold::test::settle;

namespace {

TEST(Watch, shows_the_latest_value_and_tells_of_changes) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::watch<std::string>("first");
    EXPECT_EQ(rx.get(), "first");
    EXPECT_FALSE(TF_AWAIT(twofold::timeout(1ms, rx.changed())).has_value());
    tx.send("second");
    tx.send("third");
    EXPECT_TRUE(TF_AWAIT(rx.changed()));
    EXPECT_EQ(*rx.snapshot(), "third");
    EXPECT_FALSE(TF_AWAIT(twofold::timeout(1ms, rx.changed())).has_value());
    TF_RETURN;
  });
}

TEST(Watch, ends_when_the_sender_goes_after_the_last_change_was_seen) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::watch(0);
    auto follower = twofold::spawn([in = rx]() mutable -> TF_ASYNC(int) {
      int last = 0;
      while (TF_AWAIT(in.changed())) last = in.get();
      TF_RETURN last;
    });
    TF_AWAIT(settle());
    {
      auto sender = std::move(tx);
      sender.send(1);
      TF_AWAIT(settle());
      sender.send(2);
    }
    EXPECT_EQ(TF_AWAIT(follower), 2);
    EXPECT_TRUE(rx.is_closed());
    EXPECT_TRUE(TF_AWAIT(rx.changed()));
    EXPECT_FALSE(TF_AWAIT(rx.changed()));
    TF_RETURN;
  });
}

TEST(Watch, keeps_a_snapshot_as_it_was) {
  auto [tx, rx] = twofold::watch<std::string>("old");
  const auto snapshot = rx.snapshot();
  tx.send("new");
  EXPECT_EQ(*snapshot, "old");
  EXPECT_EQ(*tx.snapshot(), "new");
}

TEST(Watch, survives_ten_thousand_aborted_waiters_and_wakes_the_rest) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::watch(0);
    auto wait = [](twofold::WatchReceiver<int> in) -> TF_ASYNC(bool) {
      TF_RETURN TF_AWAIT(in.changed());
    };
    std::vector<twofold::JoinHandle<bool>> tasks;
    for (int i = 0; i < 10'000; ++i) tasks.push_back(twofold::spawn(wait, rx));
    auto last = twofold::spawn(wait, rx);
    TF_AWAIT(settle());
    TF_AWAIT(abort_all(tasks));
    tx.send(1);
    EXPECT_TRUE(TF_AWAIT(last));
    TF_RETURN;
  });
}

TEST(Watch, works_between_two_runtimes_on_two_threads) {
  auto [tx, rx] = twofold::watch(0);
  std::thread other([in = rx]() mutable {
    twofold::block_on([&]() -> TF_ASYNC(void) {
      int last = 0;
      while (TF_AWAIT(in.changed())) {
        const int now = in.get();
        EXPECT_GE(now, last);
        last = now;
      }
      EXPECT_EQ(last, 20'000);
      TF_RETURN;
    });
  });
  for (int i = 1; i <= 20'000; ++i) tx.send(i);
  { const auto gone = std::move(tx); }
  other.join();
}

}  // namespace
