#include <twofold/sync/oneshot.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

using namespace std::chrono_literals;

namespace {

static_assert(sizeof(twofold::OneshotReceiver<int>) == sizeof(void*));

TEST(Oneshot, gives_the_value_that_was_sent_before_or_after_the_await) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [early, first] = twofold::oneshot<int>();
    EXPECT_TRUE(early.send(1));
    EXPECT_EQ(TF_AWAIT(first), 1);

    auto [late, second] = twofold::oneshot<int>();
    auto sender = twofold::spawn(
        [](twofold::OneshotSender<int> tx) -> TF_ASYNC(bool) {
          TF_AWAIT(twofold::yield_now());
          TF_RETURN tx.send(2);
        },
        std::move(late));
    EXPECT_EQ(TF_AWAIT(second), 2);
    EXPECT_TRUE(TF_AWAIT(sender));
    TF_RETURN;
  });
}

TEST(Oneshot, gives_nothing_when_the_sender_goes_without_sending) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::oneshot<int>();
    auto sender = twofold::spawn(
        [](twofold::OneshotSender<int>) -> TF_ASYNC(void) {
          TF_AWAIT(twofold::yield_now());
          TF_RETURN;
        },
        std::move(tx));
    EXPECT_EQ(TF_AWAIT(rx), std::nullopt);
    TF_AWAIT(sender);
    TF_RETURN;
  });
}

TEST(Oneshot, tells_the_sender_that_the_receiver_is_gone) {
  auto [tx, rx] = twofold::oneshot<std::shared_ptr<int>>();
  auto value = std::make_shared<int>(1);
  EXPECT_FALSE(tx.is_closed());
  { const auto gone = std::move(rx); }
  EXPECT_TRUE(tx.is_closed());
  EXPECT_FALSE(tx.send(value));
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Oneshot, sends_only_once) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::oneshot<int>();
    EXPECT_TRUE(tx.send(1));
    EXPECT_FALSE(tx.send(2));
    EXPECT_EQ(TF_AWAIT(rx), 1);
    EXPECT_FALSE(tx.send(3));
    TF_RETURN;
  });
}

TEST(Oneshot, destroys_a_value_that_nobody_takes_with_the_receiver) {
  auto value = std::make_shared<int>(1);
  auto [tx, rx] = twofold::oneshot<std::shared_ptr<int>>();
  EXPECT_TRUE(tx.send(value));
  { const auto gone = std::move(rx); }
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Oneshot, keeps_the_value_of_an_await_that_was_given_up) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    auto [tx, rx] = twofold::oneshot<int>();
    EXPECT_EQ(TF_AWAIT(twofold::select(rx, twofold::sleep(100us))).index(), 1u);
    EXPECT_TRUE(tx.send(7));
    EXPECT_EQ(TF_AWAIT(rx), 7);
    TF_RETURN;
  });
}

TEST(Oneshot, survives_ten_thousand_aborted_receivers) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    std::vector<twofold::OneshotSender<int>> senders;
    std::vector<twofold::JoinHandle<void>> receivers;
    for (int i = 0; i < 10'000; ++i) {
      auto [tx, rx] = twofold::oneshot<int>();
      senders.push_back(std::move(tx));
      receivers.push_back(twofold::spawn(
          [](twofold::OneshotReceiver<int> in) -> TF_ASYNC(void) {
            TF_AWAIT(in);
            TF_RETURN;
          },
          std::move(rx)));
    }
    TF_AWAIT(twofold::yield_now());
    for (auto& receiver : receivers) receiver.abort();
    for (auto& receiver : receivers) {
      while (!receiver.is_finished()) TF_AWAIT(twofold::yield_now());
    }
    for (auto& sender : senders) EXPECT_FALSE(sender.send(1));
    TF_RETURN;
  });
}

TEST(Oneshot, works_between_two_runtimes_on_two_threads) {
  for (int round = 0; round < 500; ++round) {
    auto [tx, rx] = twofold::oneshot<int>();
    auto [tx_back, rx_back] = twofold::oneshot<int>();
    std::thread other([in = std::move(rx), out = std::move(tx_back)]() mutable {
      twofold::block_on([&]() -> TF_ASYNC(void) {
        const std::optional<int> value = TF_AWAIT(in);
        EXPECT_TRUE(out.send(value.value_or(-2) + 1));
        TF_RETURN;
      });
    });
    twofold::block_on(
        [&, out = std::move(tx), in = std::move(rx_back)]() mutable -> TF_ASYNC(void) {
          EXPECT_TRUE(out.send(round));
          EXPECT_EQ(TF_AWAIT(in), round + 1);
          TF_RETURN;
        });
    other.join();
  }
}

}  // namespace
