// Several workers: nothing is lost, nothing runs twice, everybody works, and all of it ends.
//
// One file because all of it holds for every number of workers, which the fixture goes through.
#include "twofold/executor/workers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

using std::chrono::milliseconds;

class Workers : public testing::TestWithParam<std::size_t> {
 protected:
  Runtime runtime_{RuntimeOptions{.workers = GetParam()}};
};

TF_ASYNC(long) add_up(long from, long to) {
  if (to - from <= 4) {
    long sum = 0;
    for (long i = from; i < to; ++i) {
      TF_AWAIT(yield_now());
      sum += i;
    }
    TF_RETURN sum;
  }
  const long middle = from + (to - from) / 2;
  auto left = spawn(add_up, from, middle);
  auto right = spawn(add_up, middle, to);
  const long left_sum = TF_AWAIT(left);
  const long right_sum = TF_AWAIT(right);
  TF_RETURN left_sum + right_sum;
}

TEST_P(Workers, A_tree_of_tasks_gives_its_sum) {
  constexpr long kLeaves = 20'000;
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(runtime_.block_on(add_up, 0L, kLeaves), kLeaves * (kLeaves - 1) / 2);
  }
}

TEST_P(Workers, More_tasks_than_a_queue_holds_run_once_each) {
  constexpr std::size_t kTasks = 5'000;
  std::vector<std::atomic<int>> runs(kTasks);
  runtime_.block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> handles;
    for (std::size_t i = 0; i < kTasks; ++i) {
      handles.push_back(spawn([&runs, i]() -> TF_ASYNC(void) {
        TF_AWAIT(yield_now());
        runs[i].fetch_add(1);
        TF_RETURN;
      }));
    }
    for (auto& handle : handles) TF_AWAIT(handle);
    TF_RETURN;
  });
  for (const auto& count : runs) ASSERT_EQ(count.load(), 1);
}

TF_ASYNC(void) count_run(std::atomic<int>& runs) {
  runs.fetch_add(1);
  TF_RETURN;
}

// An argument whose copy spawns, as one of the same kind is copied for a task, so many levels deep.
class SpawnsAsItIsCopied {
 public:
  SpawnsAsItIsCopied(std::atomic<int>& runs, int levels, int siblings)
      : runs_(&runs), levels_(levels), siblings_(siblings) {}
  SpawnsAsItIsCopied(const SpawnsAsItIsCopied& other);
  SpawnsAsItIsCopied(SpawnsAsItIsCopied&&) noexcept = default;
  SpawnsAsItIsCopied& operator=(const SpawnsAsItIsCopied&) = delete;
  ~SpawnsAsItIsCopied() = default;

  void count() const noexcept { runs_->fetch_add(1); }

 private:
  std::atomic<int>* runs_;
  int levels_;
  int siblings_;
};

TF_ASYNC(void) count_once(SpawnsAsItIsCopied argument) {
  argument.count();
  TF_RETURN;
}

SpawnsAsItIsCopied::SpawnsAsItIsCopied(const SpawnsAsItIsCopied& other)
    : runs_(other.runs_), levels_(0), siblings_(0) {
  if (other.levels_ == 0) return;
  for (int i = 0; i < other.siblings_; ++i) {
    static_cast<void>(spawn(count_run, std::ref(*runs_)));
  }
  // Last, so that all levels come into the queue with no look at its room between.
  const SpawnsAsItIsCopied inner(*runs_, other.levels_ - 1, other.siblings_);
  static_cast<void>(spawn(count_once, inner));
}

// Where the queues' memory has to grow while a task is being made.
TEST_P(Workers, Tasks_that_are_spawned_while_one_is_made_run_once_each) {
  constexpr int kLevels = 4;
  constexpr int kTasks = 300;
  for (int siblings = 0; siblings < 70; ++siblings) {
    Runtime runtime{RuntimeOptions{.workers = GetParam()}};
    std::atomic<int> runs{0};
    const int expected = 1 + kLevels * (1 + siblings) + kTasks;
    runtime.block_on([&]() -> TF_ASYNC(void) {
      const SpawnsAsItIsCopied argument(runs, kLevels, siblings);
      static_cast<void>(spawn(count_once, argument));
      for (int i = 0; i < kTasks; ++i) static_cast<void>(spawn(count_run, std::ref(runs)));
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
      // A task that has run may still be about to end.
      while ((runs.load() < expected || runtime.metrics().tasks_alive > 1) &&
             std::chrono::steady_clock::now() < end) {
        TF_AWAIT(yield_now());
      }
      TF_RETURN;
    });
    ASSERT_EQ(runs.load(), expected) << siblings << " siblings";
    ASSERT_EQ(runtime.metrics().tasks_alive, 0U) << siblings << " siblings";
  }
}

struct ThrowsAsItIsCopied {
  ThrowsAsItIsCopied() = default;
  ThrowsAsItIsCopied(const ThrowsAsItIsCopied&) { throw std::runtime_error("no copy"); }
  ThrowsAsItIsCopied(ThrowsAsItIsCopied&&) = default;
  ThrowsAsItIsCopied& operator=(const ThrowsAsItIsCopied&) = delete;
  ~ThrowsAsItIsCopied() = default;
};

TF_ASYNC(void) take(ThrowsAsItIsCopied) { TF_RETURN; }

TEST_P(Workers, Tasks_that_cannot_be_made_leave_the_queues_as_they_were) {
  const ThrowsAsItIsCopied argument;
  for (int i = 0; i < 200; ++i) {
    EXPECT_THROW(runtime_.block_on(take, argument), std::runtime_error);
    runtime_.block_on([&]() -> TF_ASYNC(void) {
      EXPECT_THROW(static_cast<void>(spawn(take, argument)), std::runtime_error);
      TF_RETURN;
    });
  }
  EXPECT_EQ(runtime_.block_on(add_up, 0L, 1'000L), 499'500);
  EXPECT_EQ(runtime_.metrics().tasks_alive, 0U);
}

TF_ASYNC(long) exchange_with(Sender<long> to, Receiver<long> from, long rounds) {
  long sum = 0;
  for (long i = 0; i < rounds; ++i) {
    TF_AWAIT(to.send(i));
    const auto value = TF_AWAIT(from.recv());
    sum += value.value_or(-1);
  }
  TF_RETURN sum;
}

constexpr long kRounds = 2'000;
constexpr int kPairs = 8;
constexpr int kQuestions = 200;

TEST_P(Workers, Pairs_that_talk_lose_no_message) {
  const long sum = runtime_.block_on([]() -> TF_ASYNC(long) {
    std::vector<JoinHandle<long>> handles;
    for (int pair = 0; pair < kPairs; ++pair) {
      auto [to_left, from_right] = channel<long>(1);
      auto [to_right, from_left] = channel<long>(1);
      handles.push_back(spawn(exchange_with, std::move(to_left), std::move(from_left), kRounds));
      handles.push_back(spawn(exchange_with, std::move(to_right), std::move(from_right), kRounds));
    }
    long all = 0;
    for (auto& handle : handles) all += TF_AWAIT(handle);
    TF_RETURN all;
  });
  EXPECT_EQ(sum, 2 * kPairs * kRounds * (kRounds - 1) / 2);
}

TEST_P(Workers, A_mutex_lets_one_in_at_a_time) {
  constexpr int kTasks = 16;
  constexpr int kTurns = 500;
  long counter = 0;
  runtime_.block_on([&]() -> TF_ASYNC(void) {
    Mutex mutex;
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < kTasks; ++i) {
      handles.push_back(spawn([&]() -> TF_ASYNC(void) {
        for (int turn = 0; turn < kTurns; ++turn) {
          auto guard = TF_AWAIT(mutex.lock());
          const long before = counter;
          if (turn % 16 == 0) TF_AWAIT(yield_now());
          counter = before + 1;
        }
        TF_RETURN;
      }));
    }
    for (auto& handle : handles) TF_AWAIT(handle);
    TF_RETURN;
  });
  EXPECT_EQ(counter, kTasks * kTurns);
}

TEST_P(Workers, Timers_fire_and_none_is_early) {
  constexpr int kTasks = 500;
  std::atomic<int> early{0};
  runtime_.block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < kTasks; ++i) {
      handles.push_back(spawn([&early, i]() -> TF_ASYNC(void) {
        const auto begin = std::chrono::steady_clock::now();
        const milliseconds span(i % 20);
        TF_AWAIT(sleep(span));
        if (std::chrono::steady_clock::now() - begin < span) early.fetch_add(1);
        TF_RETURN;
      }));
    }
    for (auto& handle : handles) TF_AWAIT(handle);
    TF_RETURN;
  });
  EXPECT_EQ(early.load(), 0);
}

TEST_P(Workers, Timers_are_dropped_while_others_fire) {
  constexpr int kTasks = 200;
  runtime_.block_on([]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < kTasks; ++i) {
      handles.push_back(spawn([]() -> TF_ASYNC(void) {
        for (int turn = 0; turn < 20; ++turn) {
          auto first =
              TF_AWAIT(select(sleep(milliseconds(turn % 3)), sleep(milliseconds(turn % 2))));
          static_cast<void>(first);
        }
        TF_RETURN;
      }));
    }
    for (auto& handle : handles) TF_AWAIT(handle);
    TF_RETURN;
  });
}

TF_ASYNC(long) echo_once(TcpStream stream) {
  std::array<std::byte, 64> buffer{};
  long bytes = 0;
  for (;;) {
    const std::size_t got = TF_AWAIT(stream.read(buffer));
    if (got == 0) break;
    TF_AWAIT(stream.write_all(std::span<const std::byte>(buffer.data(), got)));
    bytes += static_cast<long>(got);
  }
  TF_RETURN bytes;
}

TF_ASYNC(long) ask(SocketAddress address, int questions) {
  TcpStream stream = TF_AWAIT(TcpStream::connect(address));
  std::array<std::byte, 16> message{};
  long bytes = 0;
  for (int i = 0; i < questions; ++i) {
    message.fill(static_cast<std::byte>(i));
    TF_AWAIT(stream.write_all(message));
    std::array<std::byte, 16> answer{};
    TF_AWAIT(stream.read_exact(answer));
    if (answer != message) throw std::runtime_error("another answer than the question");
    bytes += static_cast<long>(answer.size());
  }
  TF_RETURN bytes;
}

TEST_P(Workers, Connections_are_served_by_all) {
  constexpr int kClients = 20;
  const long bytes = runtime_.block_on([]() -> TF_ASYNC(long) {
    TcpListener listener = TcpListener::bind(SocketAddress("127.0.0.1:0"));
    const SocketAddress address = listener.local_address();
    std::vector<JoinHandle<long>> handles;
    for (int i = 0; i < kClients; ++i) handles.push_back(spawn(ask, address, kQuestions));
    for (int i = 0; i < kClients; ++i) {
      handles.push_back(spawn(echo_once, TF_AWAIT(listener.accept())));
    }
    long sum = 0;
    for (auto& handle : handles) sum += TF_AWAIT(handle);
    TF_RETURN sum;
  });
  EXPECT_EQ(bytes, 2L * kClients * kQuestions * 16);
}

TEST_P(Workers, An_exception_reaches_who_awaits_and_who_blocks) {
  EXPECT_THROW(runtime_.block_on([]() -> TF_ASYNC(void) {
    auto failing = spawn([]() -> TF_ASYNC(void) {
      TF_AWAIT(yield_now());
      throw std::runtime_error("as planned");
    });
    TF_AWAIT(failing);
    TF_RETURN;
  }),
               std::runtime_error);
}

TEST_P(Workers, Tasks_are_aborted_wherever_they_run) {
  struct Alive {
    std::atomic<int>& count;
    explicit Alive(std::atomic<int>& c) : count(c) { count.fetch_add(1); }
    Alive(const Alive&) = delete;
    Alive& operator=(const Alive&) = delete;
    ~Alive() { count.fetch_sub(1); }
  };
  constexpr int kTasks = 300;
  std::atomic<int> alive{0};
  int aborted = 0;
  runtime_.block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < kTasks; ++i) {
      handles.push_back(spawn([&alive, i]() -> TF_ASYNC(void) {
        const Alive here(alive);
        for (;;) {
          if (i % 2 == 0) {
            TF_AWAIT(yield_now());
          } else {
            TF_AWAIT(sleep(milliseconds(1)));
          }
        }
        TF_RETURN;
      }));
    }
    TF_AWAIT(sleep(milliseconds(5)));
    for (auto& handle : handles) handle.abort();
    for (auto& handle : handles) {
      try {
        TF_AWAIT(handle);
      } catch (const TaskAborted&) {
        ++aborted;
      }
    }
    TF_RETURN;
  });
  EXPECT_EQ(aborted, kTasks);
  EXPECT_EQ(alive.load(), 0);
}

TEST_P(Workers, What_is_left_ends_with_the_runtime) {
  std::atomic<int> ended{0};
  struct OnEnd {
    std::atomic<int>* count;
    explicit OnEnd(std::atomic<int>& c) : count(&c) {}
    OnEnd(OnEnd&& other) noexcept : count(std::exchange(other.count, nullptr)) {}
    OnEnd& operator=(OnEnd&&) = delete;
    ~OnEnd() {
      if (count != nullptr) count->fetch_add(1);
    }
  };
  constexpr int kTasks = 100;
  {
    Runtime runtime{RuntimeOptions{.workers = GetParam()}};
    runtime.block_on([&]() -> TF_ASYNC(void) {
      for (int i = 0; i < kTasks; ++i) {
        spawn([end = OnEnd(ended), i]() -> TF_ASYNC(void) {
          for (;;) {
            if (i % 3 == 0) {
              TF_AWAIT(yield_now());
            } else {
              TF_AWAIT(sleep(std::chrono::hours(1)));
            }
          }
          TF_RETURN;
        });
      }
      TF_AWAIT(sleep(milliseconds(2)));
      TF_RETURN;
    });
  }
  EXPECT_EQ(ended.load(), kTasks);
}

TEST_P(Workers, Wakes_from_other_threads_are_not_lost) {
  const int received = runtime_.block_on([]() -> TF_ASYNC(int) {
    auto [sender, receiver] = channel<int>(4);
    std::thread other([to = std::move(sender)]() mutable {
      for (int i = 0; i < kRounds; ++i) {
        while (!to.try_send(static_cast<int>(i))) std::this_thread::yield();
      }
      const auto last = std::move(to);  // closes the channel when it goes
    });
    int count = 0;
    for (;;) {
      const auto value = TF_AWAIT(receiver.recv());
      if (!value) break;
      ++count;
    }
    other.join();
    TF_RETURN count;
  });
  EXPECT_EQ(received, kRounds);
}

TEST_P(Workers, Several_threads_may_block_on_one_runtime) {
  if (GetParam() == 1) GTEST_SKIP() << "a runtime of one worker runs on the thread that blocks";
  std::vector<std::thread> threads;
  std::atomic<long> sum{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { sum.fetch_add(runtime_.block_on(add_up, 0L, 2'000L)); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(sum.load(), 4 * 2'000L * 1'999L / 2);
}

TEST_P(Workers, A_deadlock_is_named) {
  try {
    runtime_.block_on([]() -> TF_ASYNC(void) {
      auto [sender, receiver] = channel<int>(1);
      auto waiting = spawn([keep = std::move(sender)]() mutable -> TF_ASYNC(void) {
        auto [other_sender, other] = channel<int>(1);
        static_cast<void>(TF_AWAIT(other.recv()));
        TF_RETURN;
      });
      static_cast<void>(TF_AWAIT(receiver.recv()));
      TF_AWAIT(waiting);
      TF_RETURN;
    });
    FAIL() << "no deadlock was seen";
  } catch (const Deadlock& deadlock) {
    EXPECT_NE(std::string(deadlock.what()).find("channel"), std::string::npos) << deadlock.what();
  }
  // And the runtime is as good as new.
  EXPECT_EQ(runtime_.block_on(add_up, 0L, 100L), 4'950);
}

TEST_P(Workers, Live_tasks_are_listed_while_they_run) {
  std::ostringstream text;
  runtime_.block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < 20; ++i) {
      handles.push_back(spawn([]() -> TF_ASYNC(void) {
        this_task::set_name("sleeper");
        for (int turn = 0; turn < 20; ++turn) TF_AWAIT(sleep(std::chrono::microseconds(200)));
        TF_RETURN;
      }));
    }
    for (int i = 0; i < 10; ++i) {
      TF_AWAIT(sleep(std::chrono::microseconds(300)));
      runtime_.dump_tasks(text);
    }
    for (auto& handle : handles) TF_AWAIT(handle);
    TF_RETURN;
  });
  EXPECT_NE(text.str().find("sleeper"), std::string::npos);
  EXPECT_EQ(runtime_.metrics().tasks_alive, 0u);
}

TEST_P(Workers, Blocking_work_comes_back) {
  const int sum = runtime_.block_on([]() -> TF_ASYNC(int) {
    std::vector<JoinHandle<int>> handles;
    for (int i = 0; i < 50; ++i) handles.push_back(spawn_blocking([i] { return i; }));
    int all = 0;
    for (auto& handle : handles) all += TF_AWAIT(handle);
    TF_RETURN all;
  });
  EXPECT_EQ(sum, 49 * 50 / 2);
}

INSTANTIATE_TEST_SUITE_P(Counts, Workers, testing::Values(1, 2, 4),
                         [](const auto& point) { return std::to_string(point.param); });

// A task that never awaits keeps its worker, and nobody else's.
TEST(WorkersApart, A_task_that_hogs_its_worker_delays_nobody) {
  Runtime runtime{RuntimeOptions{.workers = 2}};
  std::atomic<bool> go_on{false};
  runtime.block_on([&]() -> TF_ASYNC(void) {
    auto hog = spawn([&]() -> TF_ASYNC(void) {
      auto setter = spawn([&]() -> TF_ASYNC(void) {
        TF_AWAIT(sleep(milliseconds(1)));
        go_on = true;
        TF_RETURN;
      });
      while (!go_on) {
      }
      TF_AWAIT(setter);
      TF_RETURN;
    });
    TF_AWAIT(hog);
    TF_RETURN;
  });
}

// A task that spins until another, which `wake` wakes, has run.
template <class Wake>
void hog_until_woken_task_runs(Runtime& runtime, Wake wake) {
  std::atomic<bool> go_on{false};
  runtime.block_on([&]() -> TF_ASYNC(void) {
    Notify notify;
    auto setter = spawn([&]() -> TF_ASYNC(void) {
      TF_AWAIT(notify.notified());
      go_on = true;
      TF_RETURN;
    });
    TF_AWAIT(sleep(milliseconds(1)));
    auto waking = wake(notify);
    while (!go_on) {
    }
    if (waking.joinable()) waking.join();
    TF_AWAIT(setter);
    TF_RETURN;
  });
}

TEST(WorkersApart, What_a_hog_woke_last_is_taken_from_it) {
  Runtime runtime{RuntimeOptions{.workers = 2}};
  hog_until_woken_task_runs(runtime, [](Notify& notify) {
    notify.notify_one();
    return std::thread();
  });
}

// Its wake lies in the inbox of a worker that does not look there.
TEST(WorkersApart, What_a_thread_wakes_is_taken_from_a_hog) {
  Runtime runtime{RuntimeOptions{.workers = 2}};
  for (int round = 0; round < 20; ++round) {
    hog_until_woken_task_runs(
        runtime, [](Notify& notify) { return std::thread([&notify] { notify.notify_one(); }); });
  }
}

TEST(WorkersApart, Tasks_run_on_more_than_one_thread) {
  Runtime runtime{RuntimeOptions{.workers = 2}};
  std::mutex lock;
  std::set<std::thread::id> threads;
  runtime.block_on([&]() -> TF_ASYNC(void) {
    std::atomic<int> inside{0};
    std::vector<JoinHandle<void>> handles;
    for (int i = 0; i < 2; ++i) {
      handles.push_back(spawn([&]() -> TF_ASYNC(void) {
        inside.fetch_add(1);
        while (inside.load() < 2) {
        }
        const std::lock_guard held(lock);
        threads.insert(std::this_thread::get_id());
        TF_RETURN;
      }));
    }
    for (auto& handle : handles) TF_AWAIT(handle);
    TF_RETURN;
  });
  EXPECT_EQ(threads.size(), 2u);
}

TEST(WorkersApart, Nought_means_one_for_each_core) {
  Runtime runtime{RuntimeOptions{.workers = 0}};
  EXPECT_EQ(runtime.block_on(add_up, 0L, 1'000L), 499'500);
}

TEST(WorkersApart, Virtual_time_with_several_is_refused) {
  EXPECT_THROW(Runtime(RuntimeOptions{.workers = 2, .clock = Clock::virtual_time}),
               std::invalid_argument);
  EXPECT_THROW(Runtime(RuntimeOptions{.workers = 1'000'000}), std::invalid_argument);
}

}  // namespace
}  // namespace twofold
