// The network in memory: unchanged programs run on it, and it does to them what a network may.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

using namespace std::chrono_literals;

constexpr const char* kAddress = "10.1.2.3:80";

RuntimeOptions in_memory(std::uint64_t seed, NetworkFaults faults = {}) {
  return {.seed = seed, .network = Network::in_memory, .network_faults = faults};
}

struct Pair {
  TcpStream client;
  TcpStream server;
};

TF_ASYNC(Pair) connected_pair() {
  TcpListener listener = TcpListener::bind("10.0.0.1:0");
  auto accepting = spawn([&listener]() -> TF_ASYNC(TcpStream) {
    TcpStream accepted = TF_AWAIT(listener.accept());
    TF_RETURN accepted;
  });
  TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
  TcpStream server = TF_AWAIT(accepting);
  TF_RETURN Pair{std::move(client), std::move(server)};
}

/// The errno that `body` fails with; 0 where it does not.
template <class Body>
int error_of(RuntimeOptions options, Body body) {
  Runtime runtime(options);
  try {
    runtime.block_on(body);
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

TEST(SimulatedNetwork, All_bytes_arrive_in_order_in_pieces_of_any_size) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Runtime runtime(in_memory(seed, {.partial_per_mille = 900, .buffer_bytes = 1000}));
    std::string sent(20'000, '\0');
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 + i / 251);
    std::string received;
    runtime.block_on([&]() -> TF_ASYNC(void) {
      Pair pair = TF_AWAIT(connected_pair());
      auto sending = spawn([&]() -> TF_ASYNC(void) {
        TcpStream stream = std::move(pair.client);
        TF_AWAIT(stream.write_all(sent));
        TF_RETURN;  // and closes
      });
      TF_AWAIT(pair.server.read_to_end(received));
      TF_AWAIT(sending);
      TF_RETURN;
    });
    EXPECT_EQ(received, sent) << "seed " << seed;
  }
}

TEST(SimulatedNetwork, What_is_sent_takes_time_to_arrive) {
  Runtime runtime(in_memory(1, {.least_latency = 10ms, .most_latency = 10ms}));
  runtime.block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    TF_AWAIT(pair.client.write_all("x"));
    std::array<std::byte, 1> byte;
    const auto too_early = TF_AWAIT(timeout(9ms, pair.server.read(byte)));
    EXPECT_FALSE(too_early);
    const auto in_time = TF_AWAIT(timeout(2ms, pair.server.read(byte)));
    EXPECT_TRUE(in_time);
    TF_RETURN;
  });
}

TEST(SimulatedNetwork, A_half_closed_connection_carries_the_answer) {
  Runtime runtime(in_memory(5));
  runtime.block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    TF_AWAIT(pair.client.write_all("question"));
    pair.client.shutdown();
    std::string question;
    TF_AWAIT(pair.server.read_to_end(question));
    EXPECT_EQ(question, "question");
    TF_AWAIT(pair.server.write_all("answer"));
    pair.server.shutdown();
    std::string answer;
    TF_AWAIT(pair.client.read_to_end(answer));
    EXPECT_EQ(answer, "answer");
    TF_RETURN;
  });
}

TEST(SimulatedNetwork, A_full_buffer_makes_the_writer_wait_for_the_reader) {
  Runtime runtime(in_memory(2, {.buffer_bytes = 100}));
  runtime.block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    const std::string much(1000, 'x');
    const auto without_reader = TF_AWAIT(timeout(1s, pair.client.write_all(much)));
    EXPECT_FALSE(without_reader);
    std::array<char, 100> some;
    TF_AWAIT(pair.server.read_exact(some));
    const auto with_room = TF_AWAIT(timeout(1s, pair.client.write(much)));
    EXPECT_TRUE(with_room);
    TF_RETURN;
  });
}

TEST(SimulatedNetwork, Nobody_listening_is_a_refused_connection) {
  EXPECT_EQ(error_of(in_memory(1),
                     []() -> TF_ASYNC(void) {
                       TcpStream stream = TF_AWAIT(TcpStream::connect(kAddress));
                       TF_RETURN;
                     }),
            ECONNREFUSED);
}

TEST(SimulatedNetwork, An_address_is_for_one_listener_and_free_when_that_is_gone) {
  EXPECT_EQ(error_of(in_memory(1),
                     []() -> TF_ASYNC(void) {
                       { TcpListener first = TcpListener::bind(kAddress); }
                       TcpListener second = TcpListener::bind(kAddress);
                       TcpListener third = TcpListener::bind(kAddress);
                       TF_RETURN;
                     }),
            EADDRINUSE);
}

TEST(SimulatedNetwork, Writing_to_a_peer_that_is_gone_is_an_error) {
  EXPECT_EQ(error_of(in_memory(1),
                     []() -> TF_ASYNC(void) {
                       Pair pair = TF_AWAIT(connected_pair());
                       { TcpStream gone = std::move(pair.server); }
                       for (;;) {
                         TF_AWAIT(pair.client.write_all("hello"));
                         TF_AWAIT(sleep(10ms));
                       }
                       TF_RETURN;
                     }),
            ECONNRESET);
}

TEST(SimulatedNetwork, Resets_come_by_the_seed) {
  const auto talk = []() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    for (int i = 0; i < 20; ++i) TF_AWAIT(pair.client.write_all("hello"));
    TF_RETURN;
  };
  int resets = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const int error = error_of(in_memory(seed, {.resets_per_mille = 30}), talk);
    EXPECT_EQ(error, error_of(in_memory(seed, {.resets_per_mille = 30}), talk));
    if (error == ECONNRESET) ++resets;
  }
  EXPECT_GT(resets, 5);
  EXPECT_LT(resets, 50);
}

TEST(SimulatedNetwork, Both_ends_know_their_addresses) {
  Runtime runtime(in_memory(1));
  runtime.block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    EXPECT_EQ(pair.client.peer_address(), pair.server.local_address());
    EXPECT_EQ(pair.client.local_address(), pair.server.peer_address());
    EXPECT_NE(pair.client.local_address().port(), 0);
    TF_RETURN;
  });
}

TEST(SimulatedNetwork, A_listener_on_all_addresses_hears_each) {
  Runtime runtime(in_memory(1));
  runtime.block_on([]() -> TF_ASYNC(void) {
    TcpListener listener = TcpListener::bind("0.0.0.0:80");
    TcpStream client = TF_AWAIT(TcpStream::connect(kAddress));
    TcpStream server = TF_AWAIT(listener.accept());
    EXPECT_EQ(server.local_address().to_string(), kAddress);
    TF_RETURN;
  });
}

TEST(SimulatedNetwork, A_read_that_nothing_can_end_is_a_deadlock) {
  Runtime runtime(in_memory(1));
  EXPECT_THROW(runtime.block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    std::array<std::byte, 1> byte;
    TF_AWAIT(pair.server.read(byte));
    TF_RETURN;
  }),
               Deadlock);
}

TEST(SimulatedNetwork, A_stream_may_outlive_its_runtime) {
  std::optional<TcpStream> left_over;
  {
    Runtime runtime(in_memory(1));
    runtime.block_on([&]() -> TF_ASYNC(void) {
      Pair pair = TF_AWAIT(connected_pair());
      left_over.emplace(std::move(pair.client));
      TF_RETURN;
    });
  }
  left_over.reset();
}

TEST(SimulatedNetwork, The_two_halves_of_a_stream_work_side_by_side) {
  Runtime runtime(in_memory(9, {.buffer_bytes = 64}));
  runtime.block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    auto [reading, writing] = pair.client.split();
    const std::string sent(500, 'y');
    auto writer = spawn([&sent, half = std::move(writing)]() mutable -> TF_ASYNC(void) {
      TF_AWAIT(half.write_all(sent));
      half.shutdown();
      TF_RETURN;
    });
    std::string seen;
    TF_AWAIT(pair.server.read_to_end(seen));
    EXPECT_EQ(seen, sent);
    TF_AWAIT(pair.server.write_all("ok"));
    std::array<char, 2> answer;
    TF_AWAIT(reading.read_exact(answer));
    TF_AWAIT(writer);
    TF_RETURN;
  });
}

}  // namespace
}  // namespace twofold
