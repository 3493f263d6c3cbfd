#include <twofold/sync/broadcast.hpp>

#include <stdexcept>
#include <string>
#include <thread>

#include "sync_test_support.hpp"

using namespace std::chrono_literals;
using twofold::test::abort_all;
using twofold::test::settle;

namespace {

TEST(Broadcast, gives_every_value_to_every_receiver_from_its_subscription_on) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto room = twofold::broadcast<std::string>(8);
    auto tx = room.sender();
    auto early = room.subscribe();
    tx.send("a");
    auto late = room.subscribe();
    tx.send("b");
    EXPECT_EQ(TF_AWAIT(early.recv()), "a");
    EXPECT_EQ(TF_AWAIT(early.recv()), "b");
    EXPECT_EQ(TF_AWAIT(late.recv()), "b");
    EXPECT_EQ(late.try_recv(), std::nullopt);
    TF_RETURN;
  });
}

TEST(Broadcast, tells_a_slow_receiver_how_much_it_lost) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto room = twofold::broadcast<int>(4);
    auto tx = room.sender();
    auto rx = room.subscribe();
    for (int i = 0; i < 10; ++i) tx.send(i);
    std::uint64_t lost = 0;
    try {
      TF_AWAIT(rx.recv());
    } catch (const twofold::Lagged& lagged) {
      lost = lagged.count();
    }
    EXPECT_EQ(lost, 6u);
    for (int i = 6; i < 10; ++i) EXPECT_EQ(TF_AWAIT(rx.recv()), i);
    for (int i = 0; i < 5; ++i) tx.send(i);
    EXPECT_THROW((void)rx.try_recv(), twofold::Lagged);
    EXPECT_EQ(rx.try_recv(), 1);
    TF_RETURN;
  });
}

TEST(Broadcast, ends_for_receivers_when_the_last_sender_is_gone) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto room = twofold::broadcast<int>(4);
    auto rx = room.subscribe();
    auto follower = twofold::spawn([in = room.subscribe()]() mutable -> TF_ASYNC(int) {
      int sum = 0;
      while (auto value = TF_AWAIT(in.recv())) sum += *value;
      TF_RETURN sum;
    });
    TF_AWAIT(settle());
    EXPECT_FALSE(follower.is_finished());  // there was no sender yet
    {
      auto first = room.sender();
      auto second = first;
      first.send(1);
      second.send(2);
    }
    EXPECT_EQ(TF_AWAIT(follower), 3);
    EXPECT_EQ(TF_AWAIT(rx.recv()), 1);
    EXPECT_EQ(TF_AWAIT(rx.recv()), 2);
    EXPECT_EQ(TF_AWAIT(rx.recv()), std::nullopt);
    auto again = room.sender();
    again.send(3);
    EXPECT_EQ(TF_AWAIT(rx.recv()), 3);
    TF_RETURN;
  });
}

TEST(Broadcast, ends_when_the_room_goes_and_there_never_was_a_sender) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto room = std::make_unique<twofold::Broadcast<int>>(twofold::broadcast<int>(1));
    auto follower = twofold::spawn([in = room->subscribe()]() mutable -> TF_ASYNC(bool) {
      TF_RETURN TF_AWAIT(in.recv()).has_value();
    });
    TF_AWAIT(settle());
    room.reset();
    EXPECT_FALSE(TF_AWAIT(follower));
    TF_RETURN;
  });
}

TEST(Broadcast, refuses_a_capacity_of_zero) {
  EXPECT_THROW((void)twofold::broadcast<int>(0), std::invalid_argument);
}

TEST(Broadcast, loses_nothing_to_a_receive_that_was_given_up) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto room = twofold::broadcast<int>(4);
    auto tx = room.sender();
    auto rx = room.subscribe();
    EXPECT_FALSE(TF_AWAIT(twofold::timeout(100us, rx.recv())).has_value());
    std::vector<twofold::JoinHandle<void>> tasks;
    tasks.push_back(twofold::spawn([&]() -> TF_ASYNC(void) {
      TF_AWAIT(rx.recv());
      TF_RETURN;
    }));
    TF_AWAIT(settle());
    tx.send(1);  // the receive is about to run
    TF_AWAIT(abort_all(tasks));
    EXPECT_EQ(TF_AWAIT(rx.recv()), 1);
    TF_RETURN;
  });
}

TEST(Broadcast, survives_ten_thousand_aborted_receivers) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto room = twofold::broadcast<int>(4);
    auto tx = room.sender();
    auto wait = [](twofold::BroadcastReceiver<int> in) -> TF_ASYNC(int) {
      TF_RETURN TF_AWAIT(in.recv()).value_or(-1);
    };
    std::vector<twofold::JoinHandle<int>> tasks;
    for (int i = 0; i < 10'000; ++i) tasks.push_back(twofold::spawn(wait, room.subscribe()));
    std::vector<twofold::JoinHandle<int>> rest;
    for (int i = 0; i < 100; ++i) rest.push_back(twofold::spawn(wait, room.subscribe()));
    TF_AWAIT(settle());
    TF_AWAIT(abort_all(tasks));
    tx.send(5);
    for (auto& task : rest) EXPECT_EQ(TF_AWAIT(task), 5);
    TF_RETURN;
  });
}

TEST(Broadcast, works_between_two_runtimes_on_two_threads) {
  constexpr std::uint64_t kValues = 20'000;
  auto room = twofold::broadcast<std::uint64_t>(64);
  auto tx = room.sender();
  std::uint64_t seen = 0;
  std::uint64_t lost = 0;
  std::thread other([&, in = room.subscribe()]() mutable {
    twofold::block_on([&]() -> TF_ASYNC(void) {
      std::uint64_t next = 0;
      for (bool open = true; open;) {
        try {
          const auto value = TF_AWAIT(in.recv());
          open = value.has_value();
          if (open) {
            EXPECT_EQ(*value, next);
            ++next;
            ++seen;
          }
        } catch (const twofold::Lagged& lagged) {
          lost += lagged.count();
          next += lagged.count();
        }
      }
      TF_RETURN;
    });
  });
  for (std::uint64_t i = 0; i < kValues; ++i) tx.send(i);
  { const auto gone = std::move(tx); }
  other.join();
  EXPECT_EQ(seen + lost, kValues);
}

}  // namespace
