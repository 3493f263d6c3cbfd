#include "twofold/net/tcp.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "twofold/twofold.hpp"

namespace twofold {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLoopback = "127.0.0.1:0";

struct Pair {
  TcpStream client;
  TcpStream server;
};

TF_ASYNC(Pair) connected_pair() {
  TcpListener listener = TcpListener::bind(kLoopback);
  TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
  TcpStream server = TF_AWAIT(listener.accept());
  TF_RETURN Pair{std::move(client), std::move(server)};
}

TF_ASYNC(std::size_t) echo(TcpStream stream) {
  std::array<std::byte, 4096> buffer;
  std::size_t total = 0;
  while (std::size_t n = TF_AWAIT(stream.read(buffer))) {
    TF_AWAIT(stream.write_all(std::span(buffer).first(n)));
    total += n;
  }
  TF_RETURN total;
}

TEST(Tcp, an_echo_server_gives_back_what_it_is_sent) {
  const std::size_t total = block_on([]() -> TF_ASYNC(std::size_t) {
    TcpListener listener = TcpListener::bind(kLoopback);
    auto server = spawn([&listener]() -> TF_ASYNC(std::size_t) {
      TcpStream stream = TF_AWAIT(listener.accept());
      TF_RETURN TF_AWAIT(echo(std::move(stream)));
    });
    TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
    std::array<char, 5> answer{};
    for (int i = 0; i < 100; ++i) {
      TF_AWAIT(client.write_all("hello"));
      TF_AWAIT(client.read_exact(answer));
      EXPECT_EQ(std::string_view(answer.data(), answer.size()), "hello");
    }
    client.shutdown();
    EXPECT_EQ(TF_AWAIT(client.read(answer)), 0U);
    EXPECT_EQ(TF_AWAIT(client.read(answer)), 0U) << "the end can be read again";
    TF_RETURN TF_AWAIT(server);
  });
  EXPECT_EQ(total, 500U);
}

TEST(Tcp, the_end_of_the_stream_comes_only_after_all_data) {
  for (int round = 0; round < 200; ++round) {
    block_on([&]() -> TF_ASYNC(void) {
      Pair pair = TF_AWAIT(connected_pair());
      const std::string sent(static_cast<std::size_t>(round) * 97, 'x');
      auto sender = spawn([&]() -> TF_ASYNC(void) {
        TcpStream stream = std::move(pair.client);
        TF_AWAIT(stream.write_all(sent));
        TF_RETURN;  // and closes at once
      });
      if (round % 2 == 0) TF_AWAIT(sender);
      std::string received;
      EXPECT_EQ(TF_AWAIT(pair.server.read_to_end(received)), sent.size());
      EXPECT_EQ(received, sent);
      if (round % 2 != 0) TF_AWAIT(sender);
      TF_RETURN;
    });
  }
}

TEST(Tcp, a_stream_that_was_shut_down_still_reads) {
  block_on([]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    TF_AWAIT(pair.client.write_all("question"));
    pair.client.shutdown();
    std::string question;
    EXPECT_EQ(TF_AWAIT(pair.server.read_to_end(question)), 8U);
    TF_AWAIT(pair.server.write_all("answer"));
    pair.server.shutdown();
    std::string answer;
    TF_AWAIT(pair.client.read_to_end(answer));
    EXPECT_EQ(answer, "answer");
    TF_RETURN;
  });
}

}  // namespace
}  // namespace twofold
