#include "twofold/net/address.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace twofold {
namespace {

std::string complaint(std::string_view text) {
  try {
    static_cast<void>(SocketAddress::parse(text));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(SocketAddress, text_goes_in_and_comes_out_again) {
  for (const char* text : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:0", "[2001:db8::7]:65535"}) {
    EXPECT_EQ(SocketAddress::parse(text).to_string(), text);
  }
  EXPECT_EQ(SocketAddress("[::1%lo]:80").to_string(), "[::1%1]:80");
}

TEST(SocketAddress, parts_are_what_the_text_says) {
  const SocketAddress v4("127.0.0.1:8080");
  EXPECT_EQ(v4.port(), 8080);
  EXPECT_EQ(v4.family(), AF_INET);
  const SocketAddress v6(std::string("[::1]:9"));
  EXPECT_TRUE(v6.is_ipv6());
  EXPECT_EQ(v6.with_port(10).to_string(), "[::1]:10");
}

TEST(SocketAddress, addresses_compare_by_family_host_and_port) {
  EXPECT_EQ(SocketAddress("127.0.0.1:1"), SocketAddress("127.0.0.1:1"));
  EXPECT_NE(SocketAddress("127.0.0.1:1"), SocketAddress("127.0.0.1:2"));
  EXPECT_NE(SocketAddress("127.0.0.1:1"), SocketAddress("127.0.0.2:1"));
  EXPECT_NE(SocketAddress("0.0.0.0:1"), SocketAddress("[::]:1"));
  EXPECT_NE(SocketAddress("[::1]:1"), SocketAddress("[::2]:1"));
}

TEST(SocketAddress, the_kernels_form_comes_back_the_same) {
  for (const char* text : {"127.0.0.1:8080", "[2001:db8::7]:1"}) {
    const SocketAddress address(text);
    EXPECT_EQ(SocketAddress::from_native(address.native(), address.native_size()), address);
  }
  sockaddr unknown{};
  unknown.sa_family = AF_UNIX;
  EXPECT_THROW(static_cast<void>(SocketAddress::from_native(&unknown, sizeof unknown)),
               std::invalid_argument);
}

TEST(SocketAddress, a_refusal_says_what_is_wrong) {
  struct Case {
    std::string_view text;
    std::string_view why;
  };
  using std::literals::operator""sv;
  for (const auto& [text, why] :
       {Case{"", "the port is missing"}, Case{"127.0.0.1", "the port is missing"},
        Case{"127.0.0.1:", "no port after the ':'"}, Case{"127.0.0.1:http", "not a number"},
        Case{"127.0.0.1:80x", "not a number"}, Case{"127.0.0.1:-1", "not a number"},
        Case{"127.0.0.1:65536", "larger than 65535"}, Case{"localhost:80", "not an IPv4 address"},
        Case{"1.2.3:80", "not an IPv4 address"}, Case{"::1:80", "stands in brackets"},
        Case{"[::1]", "no ':' and port"}, Case{"[::1]80", "no ':' and port"},
        Case{"[::1:80", "']' is missing"}, Case{"[::g]:80", "not an IPv6 address"},
        Case{"[fe80::1%nowhere]:80", "no network interface 'nowhere'"},
        Case{"127.0.0.1\0:80"sv, "zero byte"}}) {
    const std::string message = complaint(text);
    EXPECT_NE(message.find(why), std::string::npos) << "for '" << text << "': " << message;
  }
}

}  // namespace
}  // namespace twofold
