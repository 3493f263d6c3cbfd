// Rows 1 to 3: hand-offs between workers, a completion in the middle of a poll, wakes that come too
// late.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <vector>

#include "fault_test.hpp"

namespace twofold::test {
namespace {

class Wakes : public FaultTest {};
TWOFOLD_ON_ALL_WORKERS(Wakes);

// ---- row 1 ----

TF_ASYNC(void) hand_back(Receiver<int> in, Sender<int> out) {
  while (auto ball = TF_AWAIT(in.recv())) {
    TF_AWAIT(out.send(*ball + 1));
  }
  TF_RETURN;
}

// Two tasks that each park for every hand-over. With several workers they go from one to another,
// as other tasks keep these busy for moments.
TF_ASYNC(int) play(int rounds) {
  auto [to_other, other_in] = channel<int>(0);
  auto [to_here, here_in] = channel<int>(0);
  auto other = spawn(hand_back, std::move(other_in), std::move(to_here));
  int ball = 0;
  for (int i = 0; i < rounds; ++i) {
    TF_AWAIT(to_other.send(ball));
    const auto back = TF_AWAIT(here_in.recv());
    ball = back.value_or(-1);
  }
  to_other.close();
  TF_AWAIT(other);
  TF_RETURN ball;
}

int million_hand_offs(Runtime& runtime, int hand_offs) {
  constexpr int kPairs = 4;
  const int rounds = hand_offs / (2 * kPairs);
  return runtime.block_on([rounds]() -> TF_ASYNC(int) {
    std::vector<JoinHandle<int>> pairs;
    for (int i = 0; i < kPairs; ++i) pairs.push_back(spawn(play, rounds));
    int sum = 0;
    for (auto& pair : pairs) sum += TF_AWAIT(pair);
    TF_RETURN sum;
  });
}

TEST_P(Wakes, A_million_hand_offs_come_to_their_end) {
  const int hand_offs = scaled(1'000'000);
  EXPECT_EQ(million_hand_offs(runtime(), hand_offs), hand_offs / 2);
}

// The receiver parks on its worker while the sender is a thread outside.
TEST_P(Wakes, A_hundred_thousand_hand_offs_between_two_runtimes_come_to_their_end) {
  const int rounds = scaled(50'000);
  auto [to_other, other_in] = channel<int>(0);
  auto [to_here, here_in] = channel<int>(0);
  std::thread other([in = std::move(other_in), out = std::move(to_here)]() mutable {
    block_on(hand_back, std::move(in), std::move(out));
  });
  const int ball = runtime().block_on([&]() -> TF_ASYNC(int) {
    int at = 0;
    for (int i = 0; i < rounds; ++i) {
      TF_AWAIT(to_other.send(at));
      const auto back = TF_AWAIT(here_in.recv());
      at = back.value_or(-1);
    }
    to_other.close();
    TF_RETURN at;
  });
  other.join();
  EXPECT_EQ(ball, rounds);
}

// ---- row 2 ----

/// Completes, on another thread, after it has looked and before it answers Pending.
class CompletedInBetween {
 public:
  using Output = int;
  explicit CompletedInBetween(int& polls) noexcept : polls_(&polls) {}

  Poll<int> poll(Context& context) {
    ++*polls_;
    if (done_) return Ready(int{*done_});
    std::thread([&, waker = context.waker()] {
      done_ = 7;
      waker.wake();
    }).join();
    return Pending;
  }

 private:
  int* polls_;
  std::optional<int> done_;
};

TEST_P(Wakes, A_completion_between_the_look_and_the_suspension_is_one_resume) {
  constexpr int kRounds = 200;
  runtime().block_on([]() -> TF_ASYNC(void) {
    for (int i = 0; i < kRounds; ++i) {
      int polls = 0;
      const int value = TF_AWAIT(CompletedInBetween(polls));
      EXPECT_EQ(value, 7);
      EXPECT_EQ(polls, 2) << "round " << i;
    }
    TF_RETURN;
  });
}

/// Reads a byte from a socket, into which the other side writes after the read gave EAGAIN and
/// before the reactor is asked.
class WrittenInBetween {
 public:
  using Output = char;
  WrittenInBetween(detail::IoSource& source, int other, int& attempts) noexcept
      : wait_(detail::Direction::kRead, &source), other_(other), attempts_(&attempts) {}

  Poll<char> poll(Context& context) {
    for (;;) {
      wait_.start();
      char byte = 0;
      ++*attempts_;
      const ssize_t n = ::recv(wait_.source().fd(), &byte, 1, 0);
      if (n == 1) {
        wait_.end();
        return Ready(char{byte});
      }
      EXPECT_EQ(errno, EAGAIN);
      if (!std::exchange(is_written_, true)) {
        EXPECT_EQ(::send(other_, "x", 1, 0), 1);
      }
      if (!wait_.wait(context)) return Pending;
    }
  }

 private:
  detail::IoWait wait_;
  int other_;
  int* attempts_;
  bool is_written_ = false;
};

TEST_P(Wakes, An_edge_between_the_read_and_the_wait_is_seen) {
  constexpr int kRounds = 2'000;
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  const detail::FileDescriptor other(ends[1]);
  runtime().block_on([&]() -> TF_ASYNC(void) {
    const auto source = detail::make_io_source(detail::FileDescriptor(ends[0]));
    for (int i = 0; i < kRounds; ++i) {
      int attempts = 0;
      const char byte = TF_AWAIT(WrittenInBetween(*source, other.get(), attempts));
      EXPECT_EQ(byte, 'x');
      EXPECT_LE(attempts, 3) << "round " << i;
    }
    TF_RETURN;
  });
}

// ---- row 3 ----

/// Gives its waker away and waits for `stop`.
struct GiveWaker {
  using Output = Unit;
  std::vector<Waker>* wakers;
  std::atomic<bool>* stop;
  bool is_given = false;
  Poll<Unit> poll(Context& context) {
    if (!std::exchange(is_given, true)) wakers->push_back(context.waker());
    if (stop->load()) return Ready();
    return Pending;
  }
};

TEST_P(Wakes, Of_tasks_that_are_over_are_ignored_from_any_thread) {
  constexpr int kTasks = 64;
  std::vector<Waker> wakers;
  std::atomic<bool> stop{false};
  std::atomic<bool> all_over{false};
  std::vector<std::thread> threads;
  runtime().block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> tasks;
    Mutex guard;
    for (int i = 0; i < kTasks; ++i) {
      tasks.push_back(spawn([&]() -> TF_ASYNC(void) {
        // One at a time: the list of wakers is plain.
        std::optional<MutexGuard> held(TF_AWAIT(guard.lock()));
        GiveWaker wait{&wakers, &stop};
        Context now(*detail::current_executor()->running());
        static_cast<void>(wait.poll(now));
        held.reset();
        TF_AWAIT(wait);
        TF_RETURN;
      }));
    }
    for (;;) {
      const auto held = TF_AWAIT(guard.lock());
      if (wakers.size() == kTasks) break;
      TF_AWAIT(yield_now());
    }
    // While some end by themselves and others are aborted, all are woken all the time.
    for (int thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&wakers, &all_over] {
        while (!all_over.load()) {
          for (const Waker& waker : wakers) waker.wake();
        }
        for (int again = 0; again < 1000; ++again) {
          for (const Waker& waker : wakers) waker.wake();
        }
      });
    }
    for (int i = 0; i < kTasks; i += 2) tasks[static_cast<std::size_t>(i)].abort();
    stop.store(true);
    for (auto& task : tasks) {
      try {
        TF_AWAIT(task);
      } catch (const TaskAborted&) {
      }
    }
    all_over.store(true);
    TF_RETURN;
  });
  for (std::thread& thread : threads) thread.join();
  wakers.clear();
}

}  // namespace
}  // namespace twofold::test
