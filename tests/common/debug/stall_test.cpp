// Stalls: a task that keeps its worker is reported by name while the others go on.
#include "twofold/debug/stall.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <system_error>
#include <twofold/twofold.hpp>
#include <utility>
#include <vector>

namespace twofold {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kThreshold{50};
constexpr seconds kPatience{60};

std::mutex reports_lock;
std::vector<Stall> reports;
std::atomic<bool> hog_is_reported{false};

void keep(const Stall& stall) {
  const std::lock_guard held(reports_lock);
  reports.push_back(stall);
  if (stall.name == "hog") hog_is_reported = true;
}

std::vector<Stall> take_reports() {
  const std::lock_guard held(reports_lock);
  return std::exchange(reports, {});
}

// ThreadSanitizer keeps signals back until the thread calls the library: the clock, here. What its
// handler then sees below itself is not always the stack that it was called from.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TWOFOLD_TEST_LATE_SIGNALS 1
#endif
#endif

void spin_for(milliseconds duration) {
  for (const auto end = SteadyClock::now() + duration; SteadyClock::now() < end;) {
  }
}

// Until it may stop, however long a busy machine takes to see it, and then for twice the threshold,
// in which a second report would come. Where nobody lets it stop it gives up, and the test fails.
[[gnu::noinline]] int spin_without_end(const std::atomic<bool>& may_stop) {
  int turns = 0;
  const auto give_up = SteadyClock::now() + kPatience;
  while (!may_stop && SteadyClock::now() < give_up) ++turns;
  spin_for(2 * kThreshold);
  return turns;
}

TF_ASYNC(int) hog(const std::atomic<bool>& may_stop) {
  const int turns = spin_without_end(may_stop);
  TF_AWAIT(yield_now());
  TF_RETURN turns;
}

class Stalls : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    take_reports();
    hog_is_reported = false;
  }
  Runtime runtime_{
      RuntimeOptions{.workers = GetParam(), .stall_threshold = kThreshold, .on_stall = &keep}};
};

TEST_P(Stalls, A_task_that_spins_is_reported_by_name_with_where_it_spins) {
  const auto begin = SteadyClock::now();
  runtime_.block_on([]() -> TF_ASYNC(void) {
    TF_AWAIT(spawn_named("hog", hog, std::cref(hog_is_reported)));
    TF_RETURN;
  });
  const auto elapsed = SteadyClock::now() - begin;
  const std::vector<Stall> seen = take_reports();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].name, "hog");
  EXPECT_GE(seen[0].duration, kThreshold);
  EXPECT_LE(seen[0].duration, elapsed);
#if !defined(TWOFOLD_TEST_LATE_SIGNALS)
  std::string stack;
  for (const std::string& function : seen[0].functions) stack += function + "\n";
  EXPECT_NE(stack.find("spin_without_end("), std::string::npos) << stack;
  EXPECT_NE(stack.find("hog("), std::string::npos) << stack;
#endif
}

// As a thread that has no processor for a while.
TF_ASYNC(void) deaf_hog() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGURG);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto give_up = SteadyClock::now() + kPatience;
  for (sigset_t waiting = {};
       ::sigismember(&waiting, SIGURG) != 1 && SteadyClock::now() < give_up;) {
    ::sigpending(&waiting);
  }
  spin_for(milliseconds(300));  // longer than it is waited for
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  spin_without_end(hog_is_reported);
  TF_RETURN;
}

TEST_P(Stalls, A_task_that_does_not_answer_in_time_is_reported_when_it_does) {
  runtime_.block_on([]() -> TF_ASYNC(void) {
    TF_AWAIT(spawn_named("hog", deaf_hog));
    TF_RETURN;
  });
  EXPECT_EQ(take_reports().size(), 1u);
}

// A threshold that a busy machine does not reach by leaving a thread without a processor.
TEST_P(Stalls, Nobody_is_reported_who_lets_others_run_or_sleeps) {
  Runtime runtime({.workers = GetParam(), .stall_threshold = milliseconds(300), .on_stall = &keep});
  runtime.block_on([]() -> TF_ASYNC(void) {
    auto sleeper = spawn([]() -> TF_ASYNC(void) {
      TF_AWAIT(sleep(milliseconds(800)));
      TF_RETURN;
    });
    for (const auto end = SteadyClock::now() + milliseconds(400); SteadyClock::now() < end;) {
      TF_AWAIT(yield_now());
    }
    TF_AWAIT(sleeper);
    TF_RETURN;
  });
  EXPECT_TRUE(take_reports().empty());
}

// As a debugger stops it.
void stop_this_process_for(milliseconds duration) {
  const pid_t stopped = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::system_category(), "fork");
  if (child == 0) {
    ::usleep(static_cast<useconds_t>(duration / std::chrono::microseconds(1)));
    for (; ::getppid() == stopped; ::usleep(10'000)) ::kill(stopped, SIGCONT);
    ::_exit(0);
  }
  ::raise(SIGSTOP);  // of this thread, so that it does not go on before it is stopped
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

// Stopped 0.3 s after the task began, so that it has been looked at once, for as long as the
// threshold. In a process of its own: a shell would take notice.
TEST_P(Stalls, Nobody_is_reported_for_the_time_that_the_process_was_stopped) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto be_stopped = [] {
    Runtime runtime({.workers = GetParam(), .stall_threshold = seconds(1), .on_stall = &keep});
    runtime.block_on([]() -> TF_ASYNC(void) {
      spin_for(milliseconds(300));
      stop_this_process_for(seconds(1));
      spin_for(milliseconds(100));
      TF_AWAIT(yield_now());
      TF_RETURN;
    });
    std::_Exit(static_cast<int>(take_reports().size()));
  };
  EXPECT_EXIT(be_stopped(), testing::ExitedWithCode(0), "");
}

TEST_P(Stalls, The_other_worker_goes_on) {
  if (GetParam() == 1) GTEST_SKIP() << "there is no other worker";
  runtime_.block_on([]() -> TF_ASYNC(void) {
    std::atomic<bool> may_stop{false};
    auto hogging = spawn_named("hog", hog, std::cref(may_stop));
    for (int ticks = 0; ticks < 10 || !hog_is_reported; ++ticks) {
      TF_AWAIT(sleep(milliseconds(10)));
      if (hogging.is_finished()) break;
    }
    EXPECT_FALSE(hogging.is_finished()) << "it gave up: nobody could let it stop, or nobody saw it";
    may_stop = true;
    TF_AWAIT(hogging);
    TF_RETURN;
  });
  const std::vector<Stall> seen = take_reports();
  EXPECT_EQ(std::ranges::count(seen, "hog", &Stall::name), 1);
}

INSTANTIATE_TEST_SUITE_P(, Stalls, testing::Values(1, 2),
                         [](const auto& with) { return std::to_string(with.param) + "_workers"; });

TEST(StallsOnStandardError, Say_what_to_do) {
  testing::internal::CaptureStderr();
  write_stall(
      {.task = 7, .name = "parser", .duration = milliseconds(120), .functions = {"parse()"}});
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("task 7 \"parser\""), std::string::npos) << said;
  EXPECT_NE(said.find("120 ms"), std::string::npos) << said;
  EXPECT_NE(said.find("at parse()"), std::string::npos) << said;
  EXPECT_NE(said.find("spawn_blocking"), std::string::npos) << said;
}

}  // namespace
}  // namespace twofold
