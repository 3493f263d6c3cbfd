// What streams must survive: peers and programs that do what is allowed and seldom expected.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/connected_pair.hpp"
#include "twofold/twofold.hpp"

extern char** environ;

namespace twofold {
namespace {

using namespace std::chrono_literals;

class StreamFaults : public testing::TestWithParam<std::size_t> {
 protected:
  Runtime runtime_{RuntimeOptions{.workers = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(On, StreamFaults, testing::Values(1U, 2U, 4U),
                         [](const auto& on) { return std::to_string(on.param) + "Workers"; });

using test::connected_pair;
using test::Pair;

// What the workers have run, and not how long that took: on a busy machine they wait for its
// processors.
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// FAULTS 5.
TEST_P(StreamFaults, A_socket_that_is_always_readable_keeps_no_timer_from_its_turn) {
  const int on_time = runtime_.block_on([]() -> TF_ASYNC(int) {
    Pair pair = TF_AWAIT(connected_pair());
    auto feeding = spawn([&]() -> TF_ASYNC(void) {
      const std::string much(1 << 16, 'x');
      while (true) TF_AWAIT(pair.client.write_all(much));
      TF_RETURN;
    });
    auto reading = spawn([&]() -> TF_ASYNC(void) {
      std::array<char, 64> few;
      while (true) TF_AWAIT(pair.server.read(few));
      TF_RETURN;
    });
    int ticks = 0;
    for (int i = 0; i < 20; ++i) {
      const double start = cpu_seconds();
      TF_AWAIT(sleep(10ms));
      ticks += cpu_seconds() - start < 0.06 ? 1 : 0;
    }
    feeding.abort();
    reading.abort();
    for (auto* task : {&feeding, &reading}) {
      try {
        TF_AWAIT(*task);
      } catch (const TaskAborted&) {
      }
    }
    TF_RETURN ticks;
  });
  EXPECT_GE(on_time, 15) << "of 20";
}

// FAULTS 30.
TEST_P(StreamFaults, Bursts_that_end_at_once_arrive_whole_before_the_end) {
  runtime_.block_on([]() -> TF_ASYNC(void) {
    TcpListener listener = TcpListener::bind("127.0.0.1:0");
    constexpr int kBursts = 300;
    auto writing = spawn([&listener]() -> TF_ASYNC(void) {
      for (int i = 0; i < kBursts; ++i) {
        TcpStream stream = TF_AWAIT(TcpStream::connect(listener.local_address()));
        const std::string burst(static_cast<std::size_t>(i) * 331 % 70'000, 'b');
        TF_AWAIT(stream.write_all(burst));
      }
      TF_RETURN;
    });
    std::size_t wrong = 0;
    for (int i = 0; i < kBursts; ++i) {
      TcpStream stream = TF_AWAIT(listener.accept());
      std::string received;
      if (i % 3 == 0) TF_AWAIT(sleep(100us));  // data and end are one event then
      TF_AWAIT(stream.read_to_end(received));
      wrong += received.size() != static_cast<std::size_t>(i) * 331 % 70'000 ? 1 : 0;
    }
    EXPECT_EQ(wrong, 0U);
    TF_AWAIT(writing);
    TF_RETURN;
  });
}

// FAULTS 35: the kernel keeps a registration for as long as any duplicate of the descriptor lives.
TEST_P(StreamFaults, A_duplicate_that_outlives_its_stream_causes_no_events) {
  runtime_.block_on([this]() -> TF_ASYNC(void) {
    Pair pair = TF_AWAIT(connected_pair());
    std::array<char, 8> buffer;
    const auto nothing = TF_AWAIT(timeout(1ms, pair.server.read(buffer)));
    EXPECT_FALSE(nothing.has_value());
    const int duplicate = ::fcntl(pair.server.native_handle(), F_DUPFD_CLOEXEC, 0);
    { TcpStream closed = std::move(pair.server); }
    TF_AWAIT(pair.client.write_all("to the duplicate"));
    const std::uint64_t turns = runtime_.metrics().reactor_turns;
    const double cpu = cpu_seconds();
    TF_AWAIT(sleep(200ms));
    EXPECT_LT(runtime_.metrics().reactor_turns - turns, 100U);
    EXPECT_LT(cpu_seconds() - cpu, 0.1);
    EXPECT_EQ(::recv(duplicate, buffer.data(), buffer.size(), MSG_DONTWAIT), 8);
    ::close(duplicate);
    TF_RETURN;
  });
}

// FAULTS 35: what a child is given are the three standard descriptors.
TEST_P(StreamFaults, A_program_that_is_started_inherits_no_descriptor) {
  const int status = runtime_.block_on([]() -> TF_ASYNC(int) {
    Pair pair = TF_AWAIT(connected_pair());
    auto [one, other] = UnixStream::pair();
    UdpSocket datagrams = UdpSocket::bind("127.0.0.1:0");
    std::array<char, 8> buffer;
    (void)TF_AWAIT(timeout(1ms, pair.server.read(buffer)));
    (void)TF_AWAIT(timeout(1ms, signal(SIGUSR1)));
    std::string check;
    for (const int fd : {pair.client.native_handle(), pair.server.native_handle(),
                         one.native_handle(), other.native_handle(), datagrams.native_handle()}) {
      check += "test ! -e /proc/self/fd/" + std::to_string(fd) + " || exit 1; ";
    }
    // No epoll instance and no eventfd either.
    check += "! ls -l /proc/self/fd | grep -q anon_inode";
    const char* const arguments[] = {"sh", "-c", check.c_str(), nullptr};
    pid_t child = -1;
    EXPECT_EQ(::posix_spawn(&child, "/bin/sh", nullptr, nullptr,
                            const_cast<char* const*>(arguments), environ),
              0);
    int ended = -1;
    EXPECT_EQ(::waitpid(child, &ended, 0), child);
    TF_RETURN ended;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace twofold
