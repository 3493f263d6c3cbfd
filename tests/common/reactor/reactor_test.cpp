#include "twofold/reactor/reactor.hpp"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>

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

TEST(ReactorDeathTest, a_kernel_without_fine_timeouts_delivers_events_and_timers) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const int error : {ENOSYS, EPERM}) {
    EXPECT_EXIT(wait_without_epoll_pwait2(error), testing::ExitedWithCode(kOk), "");
  }
}

}  // namespace
}  // namespace twofold
