#include "twofold/io/async_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <system_error>

#include "twofold/twofold.hpp"

namespace twofold {
namespace {

using namespace std::chrono_literals;

TEST(AsyncFd, waits_for_a_timer_of_the_kernel) {
  const auto body = []() -> TF_ASYNC(std::uint64_t) {
    AsyncFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    itimerspec in_a_moment{};
    in_a_moment.it_value.tv_nsec = 2'000'000;
    ::timerfd_settime(timer.get(), 0, &in_a_moment, nullptr);
    TF_AWAIT(timer.readable());
    std::uint64_t expirations = 0;
    EXPECT_EQ(::read(timer.get(), &expirations, sizeof expirations), 8);
    TF_RETURN expirations;
  };
  EXPECT_EQ(block_on(body), 1U);
}

TF_ASYNC(void) signal_later(AsyncFd& event) {
  TF_AWAIT(sleep(1ms));
  ::eventfd_write(event.get(), 3);
  TF_RETURN;
}

TEST(AsyncFd, is_ready_again_and_again_until_it_is_read) {
  const auto body = []() -> TF_ASYNC(void) {
    AsyncFd event(::eventfd(0, EFD_CLOEXEC));
    for (int round = 0; round < 3; ++round) {
      auto signalling = spawn(signal_later, std::ref(event));
      TF_AWAIT(event.readable());
      TF_AWAIT(event.readable());
      eventfd_t count = 0;
      EXPECT_EQ(::eventfd_read(event.get(), &count), 0);
      EXPECT_EQ(count, 3U);
      EXPECT_EQ(::eventfd_read(event.get(), &count), -1);
      EXPECT_EQ(errno, EAGAIN);
      TF_AWAIT(signalling);
    }
    TF_RETURN;
  };
  block_on(body);
}

TEST(AsyncFd, a_writable_descriptor_is_ready_at_once) {
  const auto body = []() -> TF_ASYNC(void) {
    AsyncFd event(::eventfd(0, EFD_CLOEXEC));
    TF_AWAIT(event.writable());
    TF_RETURN;
  };
  block_on(body);
}

TEST(AsyncFd, a_cancelled_wait_can_be_begun_again) {
  const auto body = []() -> TF_ASYNC(bool) {
    AsyncFd event(::eventfd(0, EFD_CLOEXEC));
    const auto none = TF_AWAIT(timeout(1ms, event.readable()));
    ::eventfd_write(event.get(), 1);
    const auto some = TF_AWAIT(timeout(10s, event.readable()));
    TF_RETURN !none.has_value() && some.has_value();
  };
  EXPECT_TRUE(block_on(body));
}

TEST(AsyncFd, a_bad_descriptor_is_refused) { EXPECT_THROW(AsyncFd(-1), std::system_error); }

}  // namespace
}  // namespace twofold
