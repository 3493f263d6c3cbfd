#include "twofold/net/udp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include "twofold/twofold.hpp"

namespace twofold {
namespace {

using namespace std::chrono_literals;

std::string_view text(const std::array<char, 64>& buffer, std::size_t size) {
  return {buffer.data(), size};
}

TF_ASYNC(void) answer_one(UdpSocket& socket) {
  std::array<char, 64> buffer{};
  const Datagram request = TF_AWAIT(socket.recv_from(buffer));
  const std::string answer = "re: " + std::string(text(buffer, request.size));
  TF_AWAIT(socket.send_to(answer, request.from));
  TF_RETURN;
}

TF_ASYNC(std::string) ask(const char* loopback) {
  UdpSocket server = UdpSocket::bind(loopback);
  UdpSocket client = UdpSocket::bind(loopback);
  auto answering = spawn(answer_one, std::ref(server));
  TF_AWAIT(client.send_to("hello", server.local_address()));
  std::array<char, 64> buffer{};
  const Datagram answer = TF_AWAIT(client.recv_from(buffer));
  TF_AWAIT(answering);
  EXPECT_EQ(answer.from, server.local_address());
  TF_RETURN std::string(text(buffer, answer.size));
}

TEST(Udp, a_datagram_and_its_answer) { EXPECT_EQ(block_on(ask, "127.0.0.1:0"), "re: hello"); }

TEST(Udp, ipv6) { EXPECT_EQ(block_on(ask, "[::1]:0"), "re: hello"); }

TEST(Udp, a_connected_socket_has_one_peer) {
  block_on([]() -> TF_ASYNC(void) {
    UdpSocket server = UdpSocket::bind("127.0.0.1:0");
    UdpSocket client = UdpSocket::bind("127.0.0.1:0");
    UdpSocket stranger = UdpSocket::bind("127.0.0.1:0");
    client.connect(server.local_address());
    EXPECT_EQ(client.peer_address(), server.local_address());
    TF_AWAIT(stranger.send_to("psst", client.local_address()));
    TF_AWAIT(server.send_to("from the peer", client.local_address()));
    std::array<char, 64> buffer{};
    const std::size_t n = TF_AWAIT(client.recv(buffer));
    EXPECT_EQ(text(buffer, n), "from the peer");
    EXPECT_EQ(TF_AWAIT(client.send("to the peer")), 11U);
    EXPECT_EQ(TF_AWAIT(server.recv(buffer)), 11U);
    TF_RETURN;
  });
}

TEST(Udp, an_empty_datagram_is_one) {
  block_on([]() -> TF_ASYNC(void) {
    UdpSocket a = UdpSocket::bind("127.0.0.1:0");
    UdpSocket b = UdpSocket::bind("127.0.0.1:0");
    EXPECT_EQ(TF_AWAIT(a.send_to(std::string(), b.local_address())), 0U);
    std::array<char, 64> buffer{};
    const Datagram got = TF_AWAIT(b.recv_from(buffer));
    EXPECT_EQ(got.size, 0U);
    TF_RETURN;
  });
}

TEST(Udp, what_does_not_fit_is_cut_off) {
  block_on([]() -> TF_ASYNC(void) {
    UdpSocket a = UdpSocket::bind("127.0.0.1:0");
    UdpSocket b = UdpSocket::bind("127.0.0.1:0");
    TF_AWAIT(a.send_to("0123456789", b.local_address()));
    std::array<char, 4> small{};
    const Datagram got = TF_AWAIT(b.recv_from(small));
    EXPECT_EQ(got.size, 4U);
    TF_RETURN;
  });
}

TEST(Udp, a_cancelled_receive_loses_no_datagram) {
  block_on([]() -> TF_ASYNC(void) {
    UdpSocket a = UdpSocket::bind("127.0.0.1:0");
    UdpSocket b = UdpSocket::bind("127.0.0.1:0");
    std::array<char, 64> buffer{};
    const auto none = TF_AWAIT(timeout(1ms, b.recv_from(buffer)));
    EXPECT_FALSE(none.has_value());
    TF_AWAIT(a.send_to("late", b.local_address()));
    const Datagram got = TF_AWAIT(b.recv_from(buffer));
    EXPECT_EQ(text(buffer, got.size), "late");
    TF_RETURN;
  });
}

TEST(Udp, a_datagram_that_is_too_large_is_an_error) {
  block_on([]() -> TF_ASYNC(void) {
    UdpSocket a = UdpSocket::bind("127.0.0.1:0");
    const std::string huge(70'000, 'x');
    int code = 0;
    try {
      TF_AWAIT(a.send_to(huge, a.local_address()));
    } catch (const std::system_error& error) {
      code = error.code().value();
    }
    EXPECT_EQ(code, EMSGSIZE);
    TF_RETURN;
  });
}

TEST(Udp, binding_names_the_address_that_is_taken) {
  UdpSocket first = UdpSocket::bind("127.0.0.1:0");
  const std::string address = first.local_address().to_string();
  try {
    UdpSocket second = UdpSocket::bind(address);
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EADDRINUSE);
    EXPECT_NE(std::string_view(error.what()).find(address), std::string_view::npos);
  }
}

}  // namespace
}  // namespace twofold
