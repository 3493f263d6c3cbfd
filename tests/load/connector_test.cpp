#include "load/connector.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "load/poller.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

// Lowers the limit of open descriptors while it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lowered{limit, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lowered);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(Connector, SaysThatItIsCappedWhenDescriptorsRunOut) {
  const Listener listener = listen_on_loopback(true);
  try {
    const DescriptorLimit limit(3);  // lifted before the handler runs: sanitizers need descriptors
    const Descriptor socket = begin_connect(listener.port, 17);
    FAIL() << "a connection beyond the limit";
  } catch (const Capped& capped) {
    const std::string why = capped.what();
    EXPECT_NE(why.find("RLIMIT_NOFILE"), std::string::npos) << why;
    EXPECT_NE(why.find("after 17 connections"), std::string::npos) << why;
  }
}

TEST(Connector, FindsOutThatNobodyListens) {
  std::uint16_t port = 0;
  { port = listen_on_loopback(true).port; }
  const Descriptor socket = begin_connect(port, 3);
  pollfd ready{socket.get(), POLLIN, 0};
  ::poll(&ready, 1, 1000);
  std::array<char, 1> buffer;
  EXPECT_THROW((void)receive_some(socket, buffer, 3), CheckFailed);
}

TEST(Connector, TellsBytesFromNothingYetAndFromTheEnd) {
  const Listener listener = listen_on_loopback(false);
  const Descriptor client = begin_connect(listener.port, 0);
  Descriptor server(::accept(listener.socket.get(), nullptr, nullptr));
  std::array<char, 8> buffer;
  EXPECT_TRUE(receive_some(client, buffer, 0).would_block);
  ASSERT_EQ(::send(server.get(), "abc", 3, 0), 3);
  EXPECT_EQ(receive_some(client, buffer, 0).bytes, 3u);
  server.reset();
  EXPECT_TRUE(receive_some(client, buffer, 0).end_of_stream);
}

TEST(Poller, EndsItsWaitAtTheDeadline) {
  Poller poller;
  EXPECT_TRUE(
      poller.wait(Deadline(std::chrono::seconds(60)), std::chrono::milliseconds(1)).empty());
  EXPECT_THROW((void)poller.wait(Deadline(std::chrono::milliseconds(20))), CheckFailed);
}

}  // namespace
}  // namespace twofold::compare
