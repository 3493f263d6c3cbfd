// Row 8: what can never go on is reported at once, with every task and where it waits; what still
// can is waited for in silence.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <twofold/twofold.hpp>

namespace twofold::test {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

class Deadlocks : public testing::TestWithParam<std::size_t> {
 protected:
  /// What the Deadlock says that running `f` ends with; empty where there is none.
  template <class F>
  std::string deadlock_of(F f) {
    const auto start = SteadyClock::now();
    std::string said;
    try {
      runtime_.block_on(f);
    } catch (const Deadlock& deadlock) {
      said = deadlock.what();
    }
    took_ = SteadyClock::now() - start;
    return said;
  }

  // The tasks that wait for them stay until the runtime ends, which is first.
  Mutex a_;
  Mutex b_;
  Barrier both_hold_one_{2};
  Runtime runtime_{RuntimeOptions{.workers = GetParam()}};
  SteadyClock::duration took_{};
};
INSTANTIATE_TEST_SUITE_P(On, Deadlocks, testing::Values(1, 2, 4), [](const auto& with) {
  return std::to_string(with.param) + (with.param == 1 ? "Worker" : "Workers");
});

// Not inlined, so that there is a frame to be named.
[[gnu::noinline]] TF_ASYNC(int) lock_both(Mutex& first, Mutex& second, Barrier& both_hold_one) {
  auto held = TF_AWAIT(first.lock());
  TF_AWAIT(both_hold_one.wait());
  auto other = TF_AWAIT(second.lock());
  TF_RETURN 1;
}

TEST_P(Deadlocks, Two_tasks_that_lock_in_opposite_orders_are_named_within_a_second) {
  const std::string said = deadlock_of([this]() -> TF_ASYNC(void) {
    auto one = spawn_named("one", lock_both, std::ref(a_), std::ref(b_), std::ref(both_hold_one_));
    auto two = spawn_named("two", lock_both, std::ref(b_), std::ref(a_), std::ref(both_hold_one_));
    (void)TF_AWAIT(one);
    (void)TF_AWAIT(two);
    TF_RETURN;
  });
  EXPECT_NE(said.find("\"one\" waits for"), std::string::npos) << said;
  EXPECT_NE(said.find("\"two\" waits for"), std::string::npos) << said;
  EXPECT_NE(said.find("lock_both("), std::string::npos) << said;
  EXPECT_LT(took_, std::chrono::seconds(1));
}

[[gnu::noinline]] TF_ASYNC(int) receive(Receiver<int>& from) {
  const auto received = TF_AWAIT(from.recv());
  TF_RETURN received.value_or(0);
}

TEST_P(Deadlocks, A_receive_that_nobody_sends_to_is_named) {
  const std::string said = deadlock_of([]() -> TF_ASYNC(void) {
    auto ends = channel<int>(1);
    (void)TF_AWAIT(receive(ends.receiver));
    TF_RETURN;
  });
  EXPECT_NE(said.find("receive("), std::string::npos) << said;
  EXPECT_NE(said.find("channel"), std::string::npos) << said;
  EXPECT_LT(took_, std::chrono::seconds(1));
}

TEST_P(Deadlocks, Nothing_is_said_while_a_timer_a_descriptor_or_blocking_work_is_waited_for) {
  EXPECT_EQ(deadlock_of([]() -> TF_ASYNC(void) {
              TF_AWAIT(sleep(milliseconds(200)));
              auto work = spawn_blocking([] { std::this_thread::sleep_for(milliseconds(200)); });
              TF_AWAIT(work);
              auto pipe = Pipe::create();
              auto writer = spawn_blocking([fd = pipe.writer.native_handle()] {
                std::this_thread::sleep_for(milliseconds(200));
                EXPECT_EQ(::write(fd, "x", 1), 1);
              });
              std::array<std::byte, 1> byte;
              EXPECT_EQ(TF_AWAIT(pipe.reader.read(byte)), 1u);
              TF_AWAIT(writer);
              TF_RETURN;
            }),
            "");
}

// A thread might wake a task for as long as it is there.
TEST_P(Deadlocks, What_nobody_can_wake_any_more_is_found_though_all_sleep_by_then) {
  std::atomic<bool> is_over{false};
  std::thread([&is_over] {
    std::this_thread::sleep_for(milliseconds(300));
    is_over = true;
  }).detach();
  EXPECT_NE(deadlock_of([]() -> TF_ASYNC(void) {
              TF_AWAIT(pending<Unit>());
              TF_RETURN;
            }),
            "");
  EXPECT_TRUE(is_over.load());
  EXPECT_LT(took_, std::chrono::seconds(5));
}

TEST_P(Deadlocks, The_runtime_is_as_good_as_new_afterwards) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(deadlock_of([]() -> TF_ASYNC(void) {
                TF_AWAIT(pending<Unit>());
                TF_RETURN;
              }),
              "");
    EXPECT_EQ(runtime_.metrics().tasks_alive, 0u);
    EXPECT_EQ(deadlock_of([]() -> TF_ASYNC(void) {
                TF_AWAIT(yield_now());
                TF_RETURN;
              }),
              "");
  }
}

}  // namespace
}  // namespace twofold::test
