// The proxy's relay by itself: small socket buffers, and reads of 1 to 17 bytes at every place.
#include "tcp_proxy/relay.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <twofold/twofold.hpp>

namespace proxy {
namespace {

using namespace std::chrono_literals;
using twofold::TcpListener;
using twofold::TcpStream;

// In the long form 64 MB.
std::size_t amount() {
  return std::getenv("TWOFOLD_LONG") != nullptr ? std::size_t{64} << 20U : std::size_t{2} << 20U;
}

char byte_at(std::size_t i, unsigned stream) {
  return static_cast<char>((i * 2654435761U + stream * 40503U) >> 13U);
}

TF_ASYNC(void) send(TcpStream& stream, unsigned number) {
  std::array<char, 4096> piece;
  for (std::size_t sent = 0; sent < amount();) {
    const std::size_t n = std::min(piece.size(), amount() - sent);
    for (std::size_t i = 0; i < n; ++i) piece[i] = byte_at(sent + i, number);
    TF_AWAIT(stream.write_all(std::span(piece).first(n)));
    sent += n;
  }
  stream.shutdown();
  TF_RETURN;
}

// How many bytes came as they were sent; reads 1 to 17 bytes at a time.
TF_ASYNC(std::size_t) receive(TcpStream& stream, unsigned number) {
  std::array<char, 17> buffer;
  std::size_t received = 0;
  for (std::size_t length = 1;; length = length % buffer.size() + 1) {
    const std::size_t n = TF_AWAIT(stream.read(std::span(buffer).first(length)));
    if (n == 0) TF_RETURN received;
    for (std::size_t i = 0; i < n; ++i, ++received) {
      if (buffer[i] != byte_at(received, number)) TF_RETURN received;
    }
  }
}

void make_small(const TcpStream& stream) {
  const int small = 4096;
  ::setsockopt(stream.native_handle(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
}

struct Ends {
  TcpStream client;
  TcpStream server;
};

TF_ASYNC(Ends) connected() {
  TcpListener listener = TcpListener::bind("127.0.0.1:0");
  TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
  TcpStream server = TF_AWAIT(listener.accept());
  make_small(client);
  make_small(server);
  TF_RETURN Ends{std::move(client), std::move(server)};
}

class Relay : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(On, Relay, testing::Values(1U, 2U),
                         [](const auto& on) { return std::to_string(on.param) + "Workers"; });

TEST_P(Relay, Both_ways_arrive_unchanged_through_reads_of_a_few_bytes) {
  twofold::Runtime runtime({.workers = GetParam()});
  runtime.block_on([]() -> TF_ASYNC(void) {
    Ends front = TF_AWAIT(connected());
    Ends back = TF_AWAIT(connected());
    auto relaying = twofold::spawn([&]() -> TF_ASYNC(std::uint64_t) {
      std::array<std::byte, 17> there;
      std::array<std::byte, 5> back_buffer;
      TF_RETURN TF_AWAIT(
          relay(front.server, back.client, std::span(there), std::span(back_buffer), 30s));
    });
    auto asking = twofold::spawn([&]() -> TF_ASYNC(void) {
      TF_AWAIT(send(front.client, 1));
      TF_RETURN;
    });
    auto answering = twofold::spawn([&]() -> TF_ASYNC(void) {
      TF_AWAIT(send(back.server, 2));
      TF_RETURN;
    });
    auto answered = twofold::spawn(
        [&]() -> TF_ASYNC(std::size_t) { TF_RETURN TF_AWAIT(receive(front.client, 2)); });
    const std::size_t asked = TF_AWAIT(receive(back.server, 1));
    EXPECT_EQ(asked, amount());
    EXPECT_EQ(TF_AWAIT(answered), amount());
    TF_AWAIT(asking);
    TF_AWAIT(answering);
    EXPECT_EQ(TF_AWAIT(relaying), 2 * amount());
    TF_RETURN;
  });
}

}  // namespace
}  // namespace proxy
