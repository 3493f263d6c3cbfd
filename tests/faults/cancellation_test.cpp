// Rows 10 to 13: waiters aborted by the thousand, a task cancelled at each of its suspension
// points, receives that race with timers, completions and deadlines in the same tick.
// One file because all of them look for what a cancellation loses.
#include <array>
#include <chrono>
#include <functional>
#include <numeric>
#include <vector>

#include "fault_test.hpp"

namespace twofold::test {
namespace {

using namespace std::chrono_literals;

TF_ASYNC(void) end_all(std::vector<JoinHandle<void>>& tasks) {
  for (auto& task : tasks) task.abort();
  for (auto& task : tasks) {
    try {
      TF_AWAIT(task);
    } catch (const TaskAborted&) {
    }
  }
  TF_RETURN;
}

// ---- row 10 ----

class AbortedWaiters : public FaultTest {
 protected:
  /// Starts waiters that `wait` for something that does not come, aborts them all, among them those
  /// that have not begun, and gives how many got through.
  template <class Wait>
  int abort_waiters(Wait wait) {
    const int waiters = scaled(10'000);
    std::atomic<int> got_through{0};
    runtime().block_on([&]() -> TF_ASYNC(void) {
      std::vector<JoinHandle<void>> tasks;
      for (int i = 0; i < waiters; ++i) {
        tasks.push_back(spawn([&]() -> TF_ASYNC(void) {
          static_cast<void>(TF_AWAIT(wait()));
          ++got_through;
          TF_RETURN;
        }));
        if (i == waiters * 9 / 10) TF_AWAIT(sleep(1ms));
      }
      TF_AWAIT(end_all(tasks));
      TF_RETURN;
    });
    return got_through.load();
  }
  /// `future` is ready in time.
  template <class MakeFuture>
  void expect_ready(MakeFuture make) {
    runtime().block_on([&]() -> TF_ASYNC(void) {
      const auto in_time = TF_AWAIT(timeout(10s, make()));
      EXPECT_TRUE(in_time) << "who came after the aborted waiters did not get on";
      TF_RETURN;
    });
  }
};
TWOFOLD_ON_ALL_WORKERS(AbortedWaiters);

TEST_P(AbortedWaiters, Of_a_mutex_leave_it_free) {
  Mutex mutex;
  std::optional<MutexGuard> held = mutex.try_lock();
  EXPECT_EQ(abort_waiters([&] { return mutex.lock(); }), 0);
  held.reset();
  EXPECT_TRUE(mutex.try_lock().has_value());
  expect_ready([&] { return mutex.lock(); });
}

TEST_P(AbortedWaiters, Of_a_readers_writers_lock_leave_it_free) {
  RwLock lock;
  std::atomic<int> got_in{0};
  runtime().block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> tasks;
    {
      const auto writer = TF_AWAIT(lock.write());
      for (int i = 0; i < scaled(10'000); ++i) {
        tasks.push_back(spawn([&lock, &got_in, i]() -> TF_ASYNC(void) {
          if (i % 2 == 0) {
            const auto reading = TF_AWAIT(lock.read());
          } else {
            const auto writing = TF_AWAIT(lock.write());
          }
          ++got_in;
          TF_RETURN;
        }));
      }
      TF_AWAIT(sleep(1ms));
      TF_AWAIT(end_all(tasks));
    }
    TF_RETURN;
  });
  EXPECT_EQ(got_in.load(), 0);
  expect_ready([&] { return lock.write(); });
  expect_ready([&] { return lock.read(); });
}

TEST_P(AbortedWaiters, Of_a_semaphore_give_all_permits_back) {
  Semaphore semaphore(5);
  EXPECT_EQ(abort_waiters([&] { return semaphore.acquire(6); }), 0);
  expect_ready([&] { return semaphore.acquire(5); });
}

TEST_P(AbortedWaiters, Of_a_notification_take_none_with_them) {
  Notify notify;
  EXPECT_EQ(abort_waiters([&] { return notify.notified(); }), 0);
  notify.notify_one();
  expect_ready([&] { return notify.notified(); });
}

TEST_P(AbortedWaiters, Of_a_barrier_are_not_counted) {
  Barrier barrier(static_cast<std::size_t>(scaled(10'000)) + 1);
  EXPECT_EQ(abort_waiters([&] { return barrier.wait(); }), 0);
  EXPECT_EQ(abort_waiters([&] { return barrier.wait(); }), 0) << "earlier arrivals still count";
}

TEST_P(AbortedWaiters, Of_a_wait_group_leave_it_usable) {
  WaitGroup group;
  group.add(1);
  EXPECT_EQ(abort_waiters([&] { return group.wait(); }), 0);
  group.done();
  expect_ready([&] { return group.wait(); });
}

TEST_P(AbortedWaiters, Of_a_full_channel_leave_nothing_in_it) {
  auto [tx, rx] = channel<int>(1);
  ASSERT_TRUE(tx.try_send(1));
  EXPECT_EQ(abort_waiters([&, sender = tx] { return sender.send(2); }), 0);
  EXPECT_EQ(rx.try_recv(), 1);
  EXPECT_EQ(rx.try_recv(), std::nullopt);
  expect_ready([&, sender = tx] { return sender.send(3); });
}

TEST_P(AbortedWaiters, Of_a_watched_value_leave_it_usable) {
  auto [tx, rx] = watch<int>(0);
  std::atomic<int> told{0};
  runtime().block_on([&, receiver = rx]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> tasks;
    for (int i = 0; i < scaled(10'000); ++i) {
      tasks.push_back(spawn([own = receiver, &told]() mutable -> TF_ASYNC(void) {
        TF_AWAIT(own.changed());
        ++told;
        TF_RETURN;
      }));
    }
    TF_AWAIT(sleep(1ms));
    TF_AWAIT(end_all(tasks));
    TF_RETURN;
  });
  EXPECT_EQ(told.load(), 0);
  tx.send(1);
  expect_ready([&] { return rx.changed(); });
}

TEST_P(AbortedWaiters, Of_a_broadcast_leave_it_usable) {
  auto room = broadcast<int>(4);
  const auto sender = room.sender();
  std::atomic<int> told{0};
  runtime().block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> tasks;
    for (int i = 0; i < scaled(10'000); ++i) {
      tasks.push_back(spawn([own = room.subscribe(), &told]() mutable -> TF_ASYNC(void) {
        static_cast<void>(TF_AWAIT(own.recv()));
        ++told;
        TF_RETURN;
      }));
    }
    TF_AWAIT(sleep(1ms));
    TF_AWAIT(end_all(tasks));
    TF_RETURN;
  });
  EXPECT_EQ(told.load(), 0);
  auto late = room.subscribe();
  sender.send(7);
  expect_ready([&] { return late.recv(); });
}

TEST_P(AbortedWaiters, Of_a_timer_leave_no_timer) {
  EXPECT_EQ(abort_waiters([] { return sleep(1h); }), 0);
  // Were one left, it could still wake somebody, and this would be waited for.
  const auto wait_for_nothing = []() -> TF_ASYNC(void) {
    TF_AWAIT(pending<Unit>());
    TF_RETURN;
  };
  EXPECT_THROW(runtime().block_on(wait_for_nothing), Deadlock);
  expect_ready([] { return sleep(1us); });
}

TEST_P(AbortedWaiters, Of_a_task_leave_it_running) {
  std::optional<JoinHandle<int>> task;
  Notify go;
  runtime().block_on([&]() -> TF_ASYNC(void) {
    task.emplace(spawn([&]() -> TF_ASYNC(int) {
      TF_AWAIT(go.notified());
      TF_RETURN 5;
    }));
    // One handle has one waiter: each takes the place of the one before.
    for (int i = 0; i < scaled(10'000); ++i) {
      const auto none = TF_AWAIT(timeout(0s, *task));
      EXPECT_FALSE(none);
    }
    go.notify_one();
    const int result = TF_AWAIT(*task);
    EXPECT_EQ(result, 5);
    TF_RETURN;
  });
}

TEST_P(AbortedWaiters, Of_a_silent_socket_leave_the_listener_usable) {
  runtime().block_on([]() -> TF_ASYNC(void) {
    TcpListener listener = TcpListener::bind("127.0.0.1:0");
    for (int i = 0; i < scaled(10'000); ++i) {
      const auto none = TF_AWAIT(timeout(0s, listener.accept()));
      EXPECT_FALSE(none);
    }
    auto accepting = spawn([&listener]() -> TF_ASYNC(void) {
      TcpStream stream = TF_AWAIT(listener.accept());
      TF_RETURN;
    });
    TcpStream client = TF_AWAIT(TcpStream::connect(listener.local_address()));
    TF_AWAIT(accepting);
    TF_RETURN;
  });
}

// ---- row 11 ----

class CancelledAnywhere : public FaultTest {};
TWOFOLD_ON_ALL_WORKERS(CancelledAnywhere);

/// What the known task uses, and what must hold of it after the task was cancelled anywhere.
struct Surroundings {
  Surroundings() {
    auto [tx, rx] = channel<int>(1);
    sender = std::make_unique<Sender<int>>(std::move(tx));
    receiver = std::make_unique<Receiver<int>>(std::move(rx));
  }
  Counted::Counts counts;
  std::atomic<int> step{0};  // of the task, which is about to suspend there
  Mutex mutex;
  Semaphore semaphore{3};
  Notify notify;
  std::unique_ptr<Sender<int>> sender;
  std::unique_ptr<Receiver<int>> receiver;
  std::atomic<int> sent{0};
  std::atomic<int> received{0};
};

TF_ASYNC(int) inner(Surroundings& all) {
  const Counted local(all.counts);
  ++all.step;
  TF_AWAIT(sleep(200us));
  TF_RETURN 1;
}

constexpr int kSuspensions = 12;

// Twelve suspensions, in a row of frames, with a destructor in each scope.
TF_ASYNC(void) known_task(Surroundings& all) {
  const Counted outermost(all.counts);
  ++all.step;  // 1
  TF_AWAIT(yield_now());
  {
    const Counted scoped(all.counts);
    const MutexGuard guard = TF_AWAIT(all.mutex.lock());
    ++all.step;  // 2
    TF_AWAIT(sleep(200us));
    const auto permits = TF_AWAIT(all.semaphore.acquire(2));
    const Counted with_permits(all.counts);
    ++all.step;  // 3
    TF_AWAIT(yield_now());
    TF_AWAIT(inner(all));  // 4
  }
  auto child = spawn(inner, std::ref(all));  // 5, at some time
  ++all.step;                                // 6
  TF_AWAIT(child);
  ++all.step;                                                             // 7
  auto both = TF_AWAIT(join(async(inner, std::ref(all)), sleep(100us)));  // 8
  EXPECT_EQ(std::get<0>(both), 1);
  {
    const Counted sending(all.counts);
    ++all.step;  // 9
    const bool was_sent = TF_AWAIT(all.sender->send(1));
    if (was_sent) ++all.sent;
    const auto got = TF_AWAIT(all.receiver->recv());
    if (got) ++all.received;
  }
  ++all.step;  // 10
  auto won = TF_AWAIT(select(all.receiver->recv(), sleep(200us)));
  if (won.index() == 0) ++all.received;
  ++all.step;  // 11
  const int worked = TF_AWAIT(spawn_blocking([] { return 3; }));
  EXPECT_EQ(worked, 3);
  ++all.step;  // 12
  const auto told = TF_AWAIT(timeout(200us, all.notify.notified()));
  EXPECT_FALSE(told);
  TF_RETURN;
}

TEST_P(CancelledAnywhere, A_task_runs_each_destructor_once_and_gives_everything_back) {
  Random random(seed());
  int aborted = 0;
  for (int k = 1; k <= kSuspensions; ++k) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      Surroundings all;
      bool was_aborted = false;
      runtime().block_on([&]() -> TF_ASYNC(void) {
        auto task = spawn(known_task, std::ref(all));
        while (all.step.load() < k && !task.is_finished()) TF_AWAIT(yield_now());
        // At once, or somewhat later within the same suspension or the next.
        for (std::uint64_t turns = random.below(4); turns != 0; --turns) TF_AWAIT(yield_now());
        task.abort();
        try {
          TF_AWAIT(task);
        } catch (const TaskAborted&) {
          was_aborted = true;
        }
        // The child, which goes on alone, and may not have begun.
        while (runtime().metrics().tasks_alive > 1) TF_AWAIT(yield_now());
        TF_RETURN;
      });
      SCOPED_TRACE("aborted in step " + std::to_string(k));
      aborted += was_aborted ? 1 : 0;
      EXPECT_EQ(all.counts.made.load(), all.counts.gone.load());
      EXPECT_TRUE(all.mutex.try_lock().has_value());
      runtime().block_on([&]() -> TF_ASYNC(void) {
        const auto permits = TF_AWAIT(timeout(10s, all.semaphore.acquire(3)));
        EXPECT_TRUE(permits) << "permits were lost";
        TF_RETURN;
      });
      const int left = all.receiver->try_recv().has_value() ? 1 : 0;
      if (was_aborted) {
        // The value may be there although the sender did not learn it, and no more than it.
        EXPECT_LE(all.received.load() + left, 1);
        EXPECT_GE(all.received.load() + left, all.sent.load());
      } else {
        EXPECT_EQ(all.received.load(), 1);
      }
    }
  }
  EXPECT_GE(aborted, kSuspensions) << "the task came to its end nearly each time";
}

// ---- row 12 ----

class RacingReceives : public FaultTest {};
TWOFOLD_ON_ALL_WORKERS(RacingReceives);

TEST_P(RacingReceives, Lose_nothing_to_timers_of_up_to_fifty_microseconds) {
  const int values = scaled(100'000);
  const std::uint64_t start = seed();
  long sent = 0;
  long received = 0;
  long gave_up = 0;
  runtime().block_on([&]() -> TF_ASYNC(void) {
    auto [tx, rx] = channel<int>(4);
    auto sending = spawn([&sent, values, start, out = std::move(tx)]() -> TF_ASYNC(void) {
      Random random(start, 1);
      for (int i = 0; i < values; ++i) {
        const bool accepted = TF_AWAIT(out.send(i));
        if (!accepted) break;
        sent += i;
        if (random.below(64) == 0) TF_AWAIT(sleep(std::chrono::microseconds(random.below(50))));
      }
      TF_RETURN;
    });
    Random random(start, 2);
    int next = 0;
    for (;;) {
      auto won = TF_AWAIT(select(rx.recv(), sleep(std::chrono::microseconds(random.below(50)))));
      if (won.index() == 1) {
        ++gave_up;
        continue;
      }
      const std::optional<int>& value = std::get<0>(won);
      if (!value) break;
      EXPECT_EQ(*value, next);
      next = *value + 1;
      received += *value;
    }
    TF_AWAIT(sending);
    TF_RETURN;
  });
  EXPECT_EQ(sent, received);
  EXPECT_EQ(received, long{values} * (values - 1) / 2);
  EXPECT_GT(gave_up, 0) << "no receive lost to its timer";
  std::cout << "  " << gave_up << " receives were given up\n";
}

// ---- row 13 ----

class SameTick : public FaultTest {};
TWOFOLD_ON_ALL_WORKERS(SameTick);

// The deadline and the value come at the same time: either, and the value is not lost.
template <class Run>
void expect_one_outcome(Run run, int rounds, int& in_time) {
  for (int i = 0; i < rounds; ++i) {
    run([&in_time]() -> TF_ASYNC(void) {
      auto [tx, rx] = channel<int>(0);
      auto sending = spawn([out = std::move(tx)]() -> TF_ASYNC(bool) {
        TF_AWAIT(sleep(300us));
        const bool was_sent = TF_AWAIT(out.send(7));
        TF_RETURN was_sent;
      });
      auto value = TF_AWAIT(timeout(300us, rx.recv()));
      if (value) {
        EXPECT_EQ(*value, 7);
        ++in_time;
        const auto end = TF_AWAIT(rx.recv());
        EXPECT_FALSE(end) << "the value came twice";
      } else {
        const auto later = TF_AWAIT(rx.recv());
        EXPECT_EQ(later, 7) << "the value was lost with the deadline";
      }
      const bool was_sent = TF_AWAIT(sending);
      EXPECT_TRUE(was_sent);
      TF_RETURN;
    });
  }
}

TEST_P(SameTick, A_deadline_and_a_completion_have_one_outcome) {
  int in_time = 0;
  expect_one_outcome([this](auto body) { runtime().block_on(body); }, 500, in_time);
}

TEST(SameTickAlone, Every_order_of_deadline_and_completion_has_one_outcome) {
  int in_time = 0;
  std::uint64_t next = seed();
  expect_one_outcome(
      [&next](auto body) {
        Runtime runtime({.seed = next++});
        runtime.block_on(body);
      },
      1000, in_time);
  EXPECT_GT(in_time, 50) << "the deadline always won";
  EXPECT_LT(in_time, 950) << "the completion always won";
}

}  // namespace
}  // namespace twofold::test
