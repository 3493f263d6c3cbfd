// Row 16: what happens at the end of a runtime is an error that is documented, or nothing; no hang.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "fault_test.hpp"

namespace twofold::test {
namespace {

using namespace std::chrono_literals;

class Shutdown : public FaultTest {};
TWOFOLD_ON_ALL_WORKERS(Shutdown);

/// Spawns when it is destroyed: in a task that is cancelled.
class SpawnsInTheEnd {
 public:
  explicit SpawnsInTheEnd(std::atomic<int>& ran) noexcept : ran_(&ran) {}
  SpawnsInTheEnd(const SpawnsInTheEnd&) = delete;
  SpawnsInTheEnd& operator=(const SpawnsInTheEnd&) = delete;
  ~SpawnsInTheEnd() {
    static_cast<void>(spawn([ran = ran_]() -> TF_ASYNC(void) {
      ++*ran;
      TF_AWAIT(sleep(1h));
      TF_RETURN;
    }));
  }

 private:
  std::atomic<int>* ran_;
};

TEST_P(Shutdown, A_task_that_is_spawned_meanwhile_ends_with_the_runtime) {
  std::atomic<int> ran{0};
  runtime().block_on([&]() -> TF_ASYNC(void) {
    for (int i = 0; i < 100; ++i) {
      static_cast<void>(spawn([&ran]() -> TF_ASYNC(void) {
        const SpawnsInTheEnd last_word(ran);
        TF_AWAIT(sleep(1h));
        TF_RETURN;
      }));
    }
    TF_AWAIT(sleep(1ms));
    TF_RETURN;
  });
  runtime_.reset();
  EXPECT_EQ(ran.load(), 0) << "a runtime that ends begins nothing";
}

TEST_P(Shutdown, Nested_block_on_is_refused_in_words) {
  runtime().block_on([this]() -> TF_ASYNC(void) {
    std::string what;
    try {
      runtime().block_on([]() -> TF_ASYNC(void) { TF_RETURN; });
    } catch (const std::logic_error& error) {
      what = error.what();
    }
    EXPECT_NE(what.find("block_on inside a task"), std::string::npos) << what;
    TF_RETURN;
  });
}

// Nobody else is free to run what such a block_on would have spawned.
TEST_P(Shutdown, Nested_block_on_is_refused_where_all_workers_try_it) {
  runtime().block_on([this]() -> TF_ASYNC(void) {
    std::atomic<int> refused{0};
    const auto try_it = [this, &refused]() -> TF_ASYNC(void) {
      for (int i = 0; i < 20; ++i) {
        try {
          runtime().block_on([]() -> TF_ASYNC(void) { TF_RETURN; });
        } catch (const std::logic_error&) {
          ++refused;
        }
        TF_AWAIT(yield_now());
      }
      TF_RETURN;
    };
    std::vector<JoinHandle<void>> tasks;
    for (int i = 0; i < 8; ++i) tasks.push_back(spawn(try_it));
    for (auto& task : tasks) TF_AWAIT(task);
    EXPECT_EQ(refused.load(), 160);
    EXPECT_EQ(runtime().metrics().tasks_alive, 1U) << "what is refused spawns nothing";
    TF_RETURN;
  });
}

TEST_P(Shutdown, A_runtime_destroyed_by_its_own_task_stops_the_program_in_words) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        runtime().block_on([this]() -> TF_ASYNC(void) {
          TF_AWAIT(yield_now());
          runtime_.reset();
          TF_RETURN;
        });
      },
      "a runtime was destroyed by one of its own tasks");
}

TEST_P(Shutdown, A_runtime_may_end_in_the_task_of_another) {
  runtime().block_on([]() -> TF_ASYNC(void) {
    bool left = false;
    struct Leaves {
      bool* flag;
      ~Leaves() { *flag = true; }
    };
    {
      auto thread_of_its_own = spawn_blocking([&left] {
        Runtime other;
        other.block_on([&left]() -> TF_ASYNC(void) {
          static_cast<void>(spawn([&left]() -> TF_ASYNC(void) {
            const Leaves leaves{&left};
            TF_AWAIT(sleep(1h));
            TF_RETURN;
          }));
          TF_AWAIT(yield_now());
          TF_RETURN;
        });
      });
      TF_AWAIT(thread_of_its_own);
    }
    EXPECT_TRUE(left);
    TF_RETURN;
  });
}

TEST_P(Shutdown, Wakes_and_spawned_work_from_outside_race_with_the_end) {
  for (int round = 0; round < 50; ++round) {
    auto own = std::make_unique<Runtime>(RuntimeOptions{.workers = GetParam()});
    auto [tx, rx] = channel<int>(0);
    std::atomic<bool> stop{false};
    std::thread outside([&stop, sender = std::move(tx)] {
      while (!stop.load()) {
        static_cast<void>(sender.try_send(1));
        std::this_thread::yield();
      }
    });
    own->block_on([&rx]() -> TF_ASYNC(void) {
      static_cast<void>(spawn([in = std::move(rx)]() mutable -> TF_ASYNC(void) {
        while (TF_AWAIT(in.recv())) {
        }
        TF_RETURN;
      }));
      TF_AWAIT(sleep(100us));
      TF_RETURN;
    });
    own.reset();
    stop.store(true);
    outside.join();
  }
}

}  // namespace
}  // namespace twofold::test
