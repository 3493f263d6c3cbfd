#include "twofold/reactor/reactor.hpp"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "common/net/connected_pair.hpp"
#include "twofold/twofold.hpp"

namespace twofold {
namespace {

using namespace std::chrono_literals;

// This process gets `error` from epoll_pwait2 from now on.
bool refuse_epoll_pwait2(int error) {
  std::array filter{
      sock_filter(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))),
      sock_filter(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait2, 0, 1)),
      sock_filter(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error))),
      sock_filter(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)),
  };
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

constexpr int kOk = 0;
constexpr int kNoFilter = 1;
constexpr int kLost = 2;
constexpr int kEarly = 3;
constexpr int kSpins = 4;

// Where no filter can be set, nothing can be said.
bool is_well(int status) {
  return WIFEXITED(status) && (WEXITSTATUS(status) == kOk || WEXITSTATUS(status) == kNoFilter);
}

// Events and timers with a kernel that has no epoll_pwait2. Ends the process.
[[noreturn]] void wait_without_epoll_pwait2(int error) {
  if (!refuse_epoll_pwait2(error)) std::exit(kNoFilter);
  Runtime runtime;
  const int outcome = runtime.block_on([]() -> TF_ASYNC(int) {
    Pipe pipe = Pipe::create();
    auto writer = spawn([&]() -> TF_ASYNC(void) {
      const auto start = std::chrono::steady_clock::now();
      TF_AWAIT(sleep(20ms));
      if (std::chrono::steady_clock::now() - start < 20ms) std::exit(kEarly);
      TF_AWAIT(pipe.writer.write_all("x"));
      TF_RETURN;
    });
    std::array<char, 1> buffer{};
    // Beside a timer, so that the reactor waits with a time-out.
    const auto read = TF_AWAIT(timeout(20s, pipe.reader.read(buffer)));
    TF_AWAIT(writer);
    TF_RETURN read.has_value() ? kOk : kLost;
  });
  std::exit(outcome == kOk && runtime.metrics().parks > 100 ? kSpins : outcome);
}

using test::connected_pair;
using test::Pair;

// So that `stream` is registered where this runs.
TF_ASYNC(void) wait_in_vain(TcpStream& stream) {
  std::array<char, 1> buffer{};
  const auto nothing = TF_AWAIT(timeout(1ms, stream.read(buffer)));
  EXPECT_FALSE(nothing.has_value());
  TF_RETURN;
}

TF_ASYNC(char) answer_later(Pair& pair) {
  auto writer = spawn([&]() -> TF_ASYNC(void) {
    TF_AWAIT(sleep(1ms));
    TF_AWAIT(pair.client.write_all("x"));
    TF_RETURN;
  });
  std::array<char, 1> buffer{};
  TF_AWAIT(pair.server.read(buffer));
  TF_AWAIT(writer);
  TF_RETURN buffer[0];
}

TEST(Reactor, a_stream_goes_on_in_the_next_runtime) {
  Pair pair = block_on(connected_pair);
  for (int i = 0; i < 3; ++i) {
    block_on(wait_in_vain, std::ref(pair.server));
    EXPECT_EQ(block_on(answer_later, std::ref(pair)), 'x');
  }
}

TEST(Reactor, a_stream_goes_on_in_another_runtime_beside_the_one_that_it_waited_in) {
  Runtime one({.workers = 1});
  Runtime two({.workers = 2});  // which is always in a turn of its reactor
  Pair pair = block_on(connected_pair);
  for (int i = 0; i < 3; ++i) {
    for (Runtime* const runtime : {&one, &two}) {
      runtime->block_on(wait_in_vain, std::ref(pair.server));
      EXPECT_EQ(block_on(answer_later, std::ref(pair)), 'x');
    }
  }
}

TEST(Reactor, a_read_that_waited_goes_on_in_the_next_runtime) {
  Pair pair = block_on(connected_pair);
  std::array<char, 1> buffer{};
  auto reading = pair.server.read(buffer);
  block_on([&]() -> TF_ASYNC(void) {
    EXPECT_EQ(TF_AWAIT(select(reading, sleep(1ms))).index(), 1U);
    TF_RETURN;
  });
  block_on([&]() -> TF_ASYNC(void) {
    EXPECT_EQ(TF_AWAIT(select(reading, sleep(1ms))).index(), 1U);
    TF_AWAIT(pair.client.write_all("x"));
    EXPECT_EQ(TF_AWAIT(reading), 1U);
    TF_RETURN;
  });
}

TEST(Reactor, a_stream_that_a_task_of_an_idle_runtime_waits_for_is_refused_elsewhere) {
  Runtime idle;
  Pair pair = idle.block_on(connected_pair);
  std::optional<JoinHandle<std::size_t>> waiting;
  idle.block_on([&]() -> TF_ASYNC(void) {
    waiting = spawn([&]() -> TF_ASYNC(std::size_t) {
      std::array<char, 1> buffer{};
      TF_RETURN TF_AWAIT(pair.server.read(buffer));
    });
    TF_AWAIT(yield_now());
    TF_RETURN;
  });
  block_on([&]() -> TF_ASYNC(void) {
    std::array<char, 1> buffer{};
    try {
      TF_AWAIT(pair.server.read(buffer));
      ADD_FAILURE() << "nothing was sent";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code().value(), EBUSY);
      EXPECT_NE(std::string_view(error.what()).find("another runtime"), std::string_view::npos);
    }
    TF_RETURN;
  });
  EXPECT_FALSE(waiting->is_finished());
  idle.block_on([&]() -> TF_ASYNC(void) {
    TF_AWAIT(pair.client.write_all("x"));
    EXPECT_EQ(TF_AWAIT(*waiting), 1U);
    TF_RETURN;
  });
}

// One half is read here, the other written there, and both wait.
TEST(Reactor, two_runtimes_that_run_may_wait_for_the_halves_of_a_stream) {
  constexpr std::size_t kMuch = 16 << 20;
  Pair pair = block_on(connected_pair);
  auto halves = pair.server.split();
  std::thread reading([&] {
    block_on([&]() -> TF_ASYNC(void) {
      std::array<char, 1> buffer{};
      EXPECT_EQ(TF_AWAIT(halves.first.read(buffer)), 1U);
      TF_RETURN;
    });
  });
  std::thread peer([&] {
    block_on([&]() -> TF_ASYNC(void) {
      TF_AWAIT(sleep(20ms));
      std::vector<char> much(kMuch);
      TF_AWAIT(pair.client.read_exact(much));
      TF_AWAIT(pair.client.write_all("x"));
      TF_RETURN;
    });
  });
  block_on([&]() -> TF_ASYNC(void) {
    TF_AWAIT(sleep(5ms));
    const std::string much(kMuch, 'x');
    TF_AWAIT(halves.second.write_all(much));
    TF_RETURN;
  });
  peer.join();
  reading.join();
}

TEST(ReactorDeathTest, a_kernel_without_fine_timeouts_delivers_events_and_timers) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const int error : {ENOSYS, EPERM}) {
    EXPECT_EXIT(wait_without_epoll_pwait2(error), is_well, "");
  }
}

}  // namespace
}  // namespace twofold
