#include "twofold/net/resolve.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "twofold/twofold.hpp"

namespace twofold {
namespace {

TF_ASYNC(std::vector<SocketAddress>) addresses_of(std::string host) {
  TF_RETURN TF_AWAIT(resolve(host, 8080));
}

TEST(Resolve, an_address_in_numbers_is_itself) {
  const auto found = block_on(addresses_of, std::string("127.0.0.1"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front(), SocketAddress("127.0.0.1:8080"));
}

TEST(Resolve, an_address_in_numbers_need_not_be_of_a_family_that_this_machine_has) {
  const auto found = block_on(addresses_of, std::string("::1"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front(), SocketAddress("[::1]:8080"));
}

TEST(Resolve, localhost_is_this_machine) {
  const auto found = block_on(addresses_of, std::string("localhost"));
  EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](const SocketAddress& address) {
    return address == SocketAddress("127.0.0.1:8080") || address == SocketAddress("[::1]:8080");
  }));
}

TEST(Resolve, a_name_that_does_not_exist_is_named) {
  try {
    (void)block_on(addresses_of, std::string("no-such-host.invalid"));
    FAIL();
  } catch (const ResolveError& error) {
    EXPECT_NE(std::string_view(error.what()).find("no-such-host.invalid"), std::string_view::npos);
  }
}

TEST(Resolve, dropped_before_it_is_polled_it_asks_nobody) {
  const auto body = []() -> TF_ASYNC(void) {
    {
      auto never = resolve("localhost", 1);
    }
    TF_RETURN;
  };
  block_on(body);
}

}  // namespace
}  // namespace twofold
