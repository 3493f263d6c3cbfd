#include <twofold/sync/channel.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

using namespace std::chrono_literals;
using twofold::Receiver;
using twofold::Sender;

namespace {

static_assert(sizeof(Sender<int>) == sizeof(void*) && sizeof(Receiver<int>) == sizeof(void*));
static_assert(sizeof(twofold::Send<int>) <= 6 * sizeof(void*));
static_assert(sizeof(twofold::Recv<int>) <= 6 * sizeof(void*));

// Lets every task that is ready run until it waits.
TF_ASYNC(void) settle() {
  for (int turn = 0; turn < 8; ++turn) TF_AWAIT(twofold::yield_now());
  TF_RETURN;
}

TF_ASYNC(bool) send_one(Sender<int> tx, int value) { TF_RETURN TF_AWAIT(tx.send(value)); }

TEST(Channel, delivers_in_order_and_ends_when_the_last_sender_is_gone) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::channel<int>(8);
    auto producer = twofold::spawn(
        [](Sender<int> out) -> TF_ASYNC(void) {
          for (int i = 0; i < 100; ++i) EXPECT_TRUE(TF_AWAIT(out.send(i)));
          TF_RETURN;
        },
        std::move(tx));
    int expected = 0;
    while (auto value = TF_AWAIT(rx.recv())) EXPECT_EQ(*value, expected++);
    EXPECT_EQ(expected, 100);
    EXPECT_TRUE(rx.is_closed());
    TF_AWAIT(producer);
    TF_RETURN;
  });
}

TEST(Channel, holds_no_more_than_its_capacity) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::channel<int>(2);
    EXPECT_TRUE(tx.try_send(1));
    EXPECT_TRUE(tx.try_send(2));
    EXPECT_FALSE(tx.try_send(3));
    auto waiting = twofold::spawn(send_one, tx, 3);
    TF_AWAIT(settle());
    EXPECT_FALSE(waiting.is_finished());
    EXPECT_EQ(rx.size(), 2u);
    EXPECT_EQ(TF_AWAIT(rx.recv()), 1);
    EXPECT_FALSE(tx.try_send(4));  // the waiting sender had the place at once
    EXPECT_TRUE(TF_AWAIT(waiting));
    EXPECT_EQ(rx.try_recv(), 2);
    EXPECT_EQ(rx.try_recv(), 3);
    EXPECT_EQ(rx.try_recv(), std::nullopt);
    TF_RETURN;
  });
}

TEST(Channel, leaves_a_value_that_was_not_sent_as_it_was) {
  auto [tx, rx] = twofold::channel<std::unique_ptr<int>>(1);
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  EXPECT_TRUE(tx.try_send(std::move(first)));
  EXPECT_FALSE(tx.try_send(std::move(second)));
  ASSERT_NE(second, nullptr);
  rx.close();
  EXPECT_FALSE(tx.try_send(std::move(second)));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(**rx.try_recv(), 1);
}

TEST(Channel, of_capacity_zero_is_a_rendezvous) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::channel<int>(0);
    EXPECT_FALSE(tx.try_send(1));
    EXPECT_EQ(rx.try_recv(), std::nullopt);
    auto sender = twofold::spawn(send_one, tx, 5);
    TF_AWAIT(settle());
    EXPECT_FALSE(sender.is_finished());
    EXPECT_EQ(TF_AWAIT(rx.recv()), 5);
    EXPECT_TRUE(TF_AWAIT(sender));

    auto receiver = twofold::spawn(
        [&in = rx]() -> TF_ASYNC(int) { TF_RETURN TF_AWAIT(in.recv()).value_or(-1); });
    TF_AWAIT(settle());
    EXPECT_TRUE(tx.try_send(6));
    EXPECT_FALSE(tx.try_send(7));
    EXPECT_EQ(TF_AWAIT(receiver), 6);
    TF_RETURN;
  });
}

TEST(Channel, of_more_values_than_memory_has_is_refused) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  EXPECT_THROW((void)twofold::channel<char>(kMost), std::bad_alloc);
  EXPECT_THROW((void)twofold::channel<char>(kMost - 1), std::bad_alloc);
}

TEST(Channel, serves_waiting_senders_in_the_order_of_their_arrival) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::channel<int>(1);
    std::vector<twofold::JoinHandle<bool>> senders;
    for (int i = 0; i < 50; ++i) {
      senders.push_back(twofold::spawn(send_one, tx, i));
      TF_AWAIT(settle());
    }
    for (int i = 0; i < 50; ++i) EXPECT_EQ(TF_AWAIT(rx.recv()), i);
    for (auto& sender : senders) EXPECT_TRUE(TF_AWAIT(sender));
    TF_RETURN;
  });
}

TEST(Channel, skips_senders_that_were_aborted_in_the_middle_of_the_queue) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::channel<int>(0);
    std::vector<twofold::JoinHandle<bool>> senders;
    for (int i = 0; i < 9; ++i) senders.push_back(twofold::spawn(send_one, tx, i));
    TF_AWAIT(settle());
    for (std::size_t i = 0; i < 9; i += 2) senders[i].abort();
    TF_AWAIT(settle());
    for (int i = 1; i < 9; i += 2) EXPECT_EQ(TF_AWAIT(rx.recv()), i);
    EXPECT_EQ(rx.try_recv(), std::nullopt);
    TF_RETURN;
  });
}

TEST(Channel, survives_ten_thousand_aborted_senders) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::channel<int>(1);
    EXPECT_TRUE(tx.try_send(-1));
    std::vector<twofold::JoinHandle<bool>> senders;
    for (int i = 0; i < 10'000; ++i) senders.push_back(twofold::spawn(send_one, tx, i));
    TF_AWAIT(settle());
    for (auto& sender : senders) sender.abort();
    for (auto& sender : senders) {
      while (!sender.is_finished()) TF_AWAIT(twofold::yield_now());
    }
    EXPECT_EQ(TF_AWAIT(rx.recv()), -1);
    EXPECT_EQ(rx.try_recv(), std::nullopt);
    EXPECT_TRUE(TF_AWAIT(tx.send(1)));
    EXPECT_EQ(TF_AWAIT(rx.recv()), 1);
    TF_RETURN;
  });
}

TEST(Channel, refuses_waiting_senders_when_it_is_closed_but_keeps_what_was_sent) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::channel<int>(1);
    EXPECT_TRUE(tx.try_send(1));
    std::vector<twofold::JoinHandle<bool>> senders;
    for (int i = 0; i < 100; ++i) senders.push_back(twofold::spawn(send_one, tx, i));
    TF_AWAIT(settle());
    rx.close();
    for (auto& sender : senders) EXPECT_FALSE(TF_AWAIT(sender));
    EXPECT_FALSE(TF_AWAIT(tx.send(2)));
    EXPECT_TRUE(tx.is_closed());
    EXPECT_EQ(TF_AWAIT(rx.recv()), 1);
    EXPECT_EQ(TF_AWAIT(rx.recv()), std::nullopt);
    EXPECT_EQ(TF_AWAIT(rx.recv()), std::nullopt);
    TF_RETURN;
  });
}

TEST(Channel, tells_a_waiting_receiver_that_the_last_sender_went) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::channel<int>(1);
    auto receiver = twofold::spawn(
        [](Receiver<int> in) -> TF_ASYNC(bool) { TF_RETURN TF_AWAIT(in.recv()).has_value(); },
        std::move(rx));
    {
      const Sender<int> first(std::move(tx));
      const Sender<int> second(first);
      TF_AWAIT(settle());
      EXPECT_FALSE(receiver.is_finished());
    }
    EXPECT_FALSE(TF_AWAIT(receiver));
    TF_RETURN;
  });
}

TEST(Channel, refuses_senders_and_destroys_its_values_when_the_receiver_goes) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto value = std::make_shared<int>(1);
    auto [tx, rx] = twofold::channel<std::shared_ptr<int>>(2);
    EXPECT_TRUE(tx.try_send(value));
    EXPECT_TRUE(tx.try_send(value));
    auto sender = twofold::spawn(
        [](Sender<std::shared_ptr<int>> out, std::shared_ptr<int> v) -> TF_ASYNC(bool) {
          TF_RETURN TF_AWAIT(out.send(v));
        },
        tx, value);
    TF_AWAIT(settle());
    {
      const auto gone = std::move(rx);
    }
    EXPECT_FALSE(TF_AWAIT(sender));
    {
      const auto ended = std::move(sender);
    }
    EXPECT_EQ(value.use_count(), 1);
    TF_RETURN;
  });
}

TEST(Channel, keeps_the_value_of_a_receive_that_was_cancelled_after_it_was_chosen) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    for (const std::size_t capacity : {0u, 1u, 3u}) {
      auto [tx, rx] = twofold::channel<int>(capacity);
      auto receiver = twofold::spawn([&in = rx]() -> TF_ASYNC(void) {
        TF_AWAIT(in.recv());
        TF_RETURN;
      });
      TF_AWAIT(settle());
      EXPECT_TRUE(tx.try_send(0));  // chosen, and about to run
      for (std::size_t i = 0; i < capacity; ++i) {
        EXPECT_TRUE(tx.try_send(static_cast<int>(i) + 1));
      }
      receiver.abort();
      while (!receiver.is_finished()) TF_AWAIT(twofold::yield_now());
      EXPECT_FALSE(tx.try_send(99));
      for (std::size_t i = 0; i <= capacity; ++i) {
        EXPECT_EQ(rx.try_recv(), static_cast<int>(i)) << "capacity " << capacity;
      }
      EXPECT_EQ(rx.try_recv(), std::nullopt);
    }
    TF_RETURN;
  });
}

TEST(Channel, refuses_a_second_receive_beside_a_pending_one) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::channel<int>(1);
    auto first = twofold::spawn(
        [&in = rx]() -> TF_ASYNC(int) { TF_RETURN TF_AWAIT(in.recv()).value_or(-1); });
    TF_AWAIT(settle());
    bool refused = false;
    try {
      TF_AWAIT(rx.recv());
    } catch (const std::logic_error&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    EXPECT_TRUE(tx.try_send(3));
    EXPECT_EQ(TF_AWAIT(first), 3);
    EXPECT_TRUE(tx.try_send(4));
    EXPECT_EQ(TF_AWAIT(rx.recv()), 4);
    TF_RETURN;
  });
}

TEST(Channel, does_nothing_with_futures_that_are_never_polled) {
  auto value = std::make_shared<int>(1);
  auto [tx, rx] = twofold::channel<std::shared_ptr<int>>(1);
  {
    auto send = tx.send(value);
    auto recv = rx.recv();
    auto moved = std::move(send);
    auto moved_too = std::move(recv);
  }
  EXPECT_EQ(value.use_count(), 1);
  EXPECT_EQ(rx.size(), 0u);
}

// Values enter through `senders` tasks and leave through a receiver that gives up all the time.
TEST(Channel, loses_nothing_when_receives_race_with_short_timers) {
  for (const std::size_t capacity : {0u, 1u, 4u}) {
    constexpr int kRounds = 3'000;
    long sent = 0;
    long received = 0;
    twofold::block_on([&]() -> TF_ASYNC(void) {
      auto [tx, rx] = twofold::channel<int>(capacity);
      auto producer = twofold::spawn(
          [&sent](Sender<int> out) -> TF_ASYNC(void) {
            std::minstd_rand random(7);
            for (int i = 1; i <= kRounds; ++i) {
              if (random() % 4 == 0)
                TF_AWAIT(twofold::sleep(std::chrono::microseconds(random() % 50)));
              // A send may also give up: then its value was not sent.
              const auto done = TF_AWAIT(
                  twofold::timeout(std::chrono::microseconds(random() % 200), out.send(i)));
              if (done.value_or(false)) sent += i;
            }
            TF_RETURN;
          },
          std::move(tx));
      std::minstd_rand random(11);
      for (;;) {
        const auto got = TF_AWAIT(
            twofold::select(rx.recv(), twofold::sleep(std::chrono::microseconds(random() % 50))));
        if (got.index() == 1) continue;
        if (!std::get<0>(got).has_value()) break;
        received += *std::get<0>(got);
      }
      TF_AWAIT(producer);
      TF_RETURN;
    });
    EXPECT_EQ(sent, received) << "capacity " << capacity;
    EXPECT_GT(received, 0);
  }
}

TEST(Channel, works_between_two_runtimes_on_two_threads) {
  for (const std::size_t capacity : {0u, 1u, 16u}) {
    constexpr long kValues = 20'000;
    auto [to, from] = twofold::channel<long>(capacity);
    auto [back, answers] = twofold::channel<long>(capacity);
    std::thread other([in = std::move(from), out = std::move(back)]() mutable {
      twofold::Runtime runtime;
      runtime.block_on([&]() -> TF_ASYNC(void) {
        while (auto value = TF_AWAIT(in.recv())) EXPECT_TRUE(TF_AWAIT(out.send(*value + 1)));
        TF_RETURN;
      });
      {
        const auto closed = std::move(out);
      }
    });
    long sum = 0;
    long expected = 0;
    twofold::Runtime runtime;
    runtime.block_on([&, tx = std::move(to)]() mutable -> TF_ASYNC(void) {
      auto feeder = twofold::spawn(
          [](Sender<long> out) -> TF_ASYNC(void) {
            for (long i = 0; i < kValues; ++i) EXPECT_TRUE(TF_AWAIT(out.send(i)));
            TF_RETURN;
          },
          std::move(tx));
      while (auto value = TF_AWAIT(answers.recv())) {
        EXPECT_EQ(*value, ++expected);
        sum += *value;
      }
      TF_AWAIT(feeder);
      TF_RETURN;
    });
    other.join();
    EXPECT_EQ(sum, kValues * (kValues + 1) / 2);
  }
}

// A send that gives up may have been sent a moment before: who gave up does not know. All that are
// known to be sent arrive, and nothing arrives twice.
TEST(Channel, loses_nothing_between_threads_that_give_up_all_the_time) {
  constexpr std::size_t kSenders = 2;
  constexpr std::size_t kValues = 20'000;
  auto [tx, rx] = twofold::channel<std::size_t>(2);
  std::vector<char> known_sent(kSenders * kValues);
  std::vector<int> received(kSenders * kValues);
  std::vector<std::thread> senders;
  for (std::size_t sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([out = tx, sender, &known_sent]() {
      twofold::Runtime runtime;
      runtime.block_on([&]() -> TF_ASYNC(void) {
        std::minstd_rand random(static_cast<unsigned>(sender) + 1);
        for (std::size_t i = sender * kValues; i < (sender + 1) * kValues; ++i) {
          if (random() % 8 != 0) {
            known_sent[i] = TF_AWAIT(out.send(i));
          } else {
            const auto done = TF_AWAIT(twofold::select(out.send(i), twofold::yield_now()));
            known_sent[i] = done.index() == 0 && std::get<0>(done);
          }
        }
        TF_RETURN;
      });
    });
  }
  {
    const auto ours = std::move(tx);
  }
  twofold::Runtime runtime;
  runtime.block_on([&]() -> TF_ASYNC(void) {
    for (;;) {
      const auto got = TF_AWAIT(twofold::select(rx.recv(), twofold::yield_now()));
      if (got.index() == 1) continue;
      if (!std::get<0>(got).has_value()) break;
      ++received[*std::get<0>(got)];
    }
    TF_RETURN;
  });
  for (auto& sender : senders) sender.join();
  for (std::size_t i = 0; i < received.size(); ++i) {
    EXPECT_LE(received[i], 1);
    EXPECT_GE(received[i], known_sent[i]);
  }
}

}  // namespace
