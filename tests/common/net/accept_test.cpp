#include "twofold/net/accept.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>

#include "twofold/twofold.hpp"

namespace twofold {
namespace {

using namespace std::chrono_literals;

TEST(Accept, the_listener_may_be_closed_in_the_pause_after_descriptors_ran_out) {
  block_on([]() -> TF_ASYNC(void) {
    std::optional<TcpListener> listener(TcpListener::bind("127.0.0.1:0"));
    TcpStream client = TF_AWAIT(TcpStream::connect(listener->local_address()));
    auto accepting = spawn([&]() -> TF_ASYNC(int) {
      try {
        TF_AWAIT(listener->accept());
      } catch (const std::system_error& error) {
        TF_RETURN error.code().value();
      }
      TF_RETURN 0;
    });
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    none.rlim_cur = 3;
    ::setrlimit(RLIMIT_NOFILE, &none);
    TF_AWAIT(sleep(5ms));
    EXPECT_FALSE(accepting.is_finished());
    listener.reset();
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(TF_AWAIT(accepting), ECANCELED);
    TF_RETURN;
  });
}

}  // namespace
}  // namespace twofold
