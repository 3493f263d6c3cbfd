#include "twofold/io/signal.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "twofold/twofold.hpp"

namespace twofold {
namespace {

using namespace std::chrono_literals;

// The first poll makes the handler: to raise before would end the test.
TF_ASYNC(void) raise_soon(int number) {
  TF_AWAIT(sleep(1ms));
  ::raise(number);
  TF_RETURN;
}

TEST(Signal, wakes_who_waits_for_it_again_and_again) {
  block_on([]() -> TF_ASYNC(void) {
    for (int round = 0; round < 3; ++round) {
      auto raiser = spawn(raise_soon, SIGUSR1);
      TF_AWAIT(signal(SIGUSR1));
      TF_AWAIT(raiser);
    }
    TF_RETURN;
  });
}

TEST(Signal, reaches_everyone_who_waits_and_nobody_else) {
  block_on([]() -> TF_ASYNC(void) {
    auto first = spawn(signal(SIGUSR1));
    auto second = spawn(signal(SIGUSR1));
    auto other = spawn(signal(SIGUSR2));
    auto raiser = spawn(raise_soon, SIGUSR1);
    TF_AWAIT(first);
    TF_AWAIT(second);
    TF_AWAIT(raiser);
    EXPECT_FALSE(other.is_finished());
    TF_RETURN;
  });
}

TEST(Signal, reaches_the_runtimes_of_several_threads) {
  std::atomic<bool> told{false};
  std::thread other([&] {
    block_on(signal(SIGUSR1));
    told = true;
  });
  block_on([&]() -> TF_ASYNC(void) {
    TF_AWAIT(timeout(0ms, signal(SIGUSR1)));
    // Again and again: nobody knows when the other thread has begun to wait.
    while (!told) TF_AWAIT(raise_soon(SIGUSR1));
    TF_RETURN;
  });
  other.join();
}

TEST(Signal, that_came_before_the_first_poll_does_not_count) {
  block_on([]() -> TF_ASYNC(void) {
    TF_AWAIT(timeout(0ms, signal(SIGUSR1)));
    auto late = signal(SIGUSR1);
    ::raise(SIGUSR1);
    EXPECT_FALSE(TF_AWAIT(timeout(1ms, std::move(late))).has_value());
    TF_RETURN;
  });
}

TEST(Signal, dropped_while_it_waits_leaves_nothing_behind) {
  block_on([]() -> TF_ASYNC(void) {
    for (int round = 0; round < 2000; ++round) TF_AWAIT(timeout(0ms, signal(SIGUSR1)));
    TF_RETURN;
  });
  // As the last thing that a task does: its source wakes the task that closes it.
  for (int round = 0; round < 10; ++round) {
    block_on(
        []() -> TF_ASYNC(bool) { TF_RETURN TF_AWAIT(timeout(1ms, signal(SIGUSR1))).has_value(); });
  }
}

TEST(Signal, that_cannot_be_waited_for_is_refused) {
  for (const int number : {SIGKILL, SIGSTOP, SIGSEGV, 0, 65, -1}) {
    try {
      block_on(signal(number));
      ADD_FAILURE() << "waited for signal " << number;
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code().value(), EINVAL) << number;
    }
  }
}

// The tasks are busy on their small stacks while the handler runs a thousand times a second.
TEST(Signal, at_a_thousand_hertz_disturbs_nothing) {
  block_on([]() -> TF_ASYNC(void) {
    TF_AWAIT(timeout(0ms, signal(SIGALRM)));
    const itimerval every_ms{{0, 1000}, {0, 1000}};
    ::setitimer(ITIMER_REAL, &every_ms, nullptr);
    TcpListener listener = TcpListener::bind("127.0.0.1:0");
    auto server = spawn([&]() -> TF_ASYNC(std::size_t) {
      TcpStream stream = TF_AWAIT(listener.accept());
      std::string received;
      TF_RETURN TF_AWAIT(stream.read_to_end(received));
    });
    TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
    const std::string part(1000, 'x');
    std::size_t sent = 0;
    const auto end = std::chrono::steady_clock::now() + 300ms;
    while (std::chrono::steady_clock::now() < end) {
      TF_AWAIT(client.write_all(part));
      sent += part.size();
      if (sent % 50'000 == 0) TF_AWAIT(sleep(500us));
    }
    client.shutdown();
    EXPECT_EQ(TF_AWAIT(server), sent);
    TF_AWAIT(signal(SIGALRM));
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    TF_RETURN;
  });
}

}  // namespace
}  // namespace twofold
