// Tracer, metrics, names, SIGQUIT and TWOFOLD_LOG: what a runtime tells of its tasks.
#include "twofold/debug/tracer.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

using std::chrono::milliseconds;

/// Counts what it is told, by task.
class Counting final : public Tracer {
 public:
  struct Counts {
    int spawned = 0, woken = 0, running = 0, parked = 0, ended = 0;
    std::string name;
  };

  void spawned(const TaskEvent& event) noexcept override { add(event, &Counts::spawned); }
  void woken(const TaskEvent& event) noexcept override { add(event, &Counts::woken); }
  void running(const TaskEvent& event) noexcept override { add(event, &Counts::running); }
  void parked(const TaskEvent& event) noexcept override { add(event, &Counts::parked); }
  void ended(const TaskEvent& event) noexcept override { add(event, &Counts::ended); }

  Counts of(std::uint64_t task) {
    const std::lock_guard held(lock_);
    return counts_[task];
  }

 private:
  void add(const TaskEvent& event, int Counts::* what) noexcept {
    const std::lock_guard held(lock_);
    Counts& counts = counts_[event.task];
    ++(counts.*what);
    if (event.name != nullptr) counts.name = event.name;
  }

  std::mutex lock_;
  std::map<std::uint64_t, Counts> counts_;
};

class Tracing : public testing::TestWithParam<std::size_t> {
 protected:
  RuntimeOptions options(Tracer* tracer = nullptr) {
    return {.workers = GetParam(), .tracer = tracer};
  }
};

TF_ASYNC(void) wait_for(Notify& gate, int times) {
  for (int i = 0; i < times; ++i) TF_AWAIT(gate.notified());
  TF_RETURN;
}

TEST_P(Tracing, A_task_is_told_of_from_its_spawn_to_its_end) {
  Counting tracer;
  Runtime runtime(options(&tracer));
  const TaskId id = runtime.block_on([]() -> TF_ASYNC(TaskId) {
    Notify gate;
    auto waiter = spawn_named("waiter", wait_for, std::ref(gate), 5);
    const TaskId waiting = waiter.id();
    while (!waiter.is_finished()) {
      TF_AWAIT(sleep(milliseconds(1)));
      gate.notify_one();
    }
    TF_AWAIT(waiter);
    TF_RETURN waiting;
  });
  const auto seen = tracer.of(static_cast<std::uint64_t>(id));
  EXPECT_EQ(seen.name, "waiter");
  EXPECT_EQ(seen.spawned, 1);
  EXPECT_EQ(seen.ended, 1);
  EXPECT_GE(seen.woken, 1);
  EXPECT_EQ(seen.running, seen.parked + 1) << "each turn but the last ends with parking";
  EXPECT_GE(seen.running, 2);
}

TEST_P(Tracing, Metrics_count_each_wake_and_no_more) {
  Runtime runtime(options());
  runtime.block_on([]() -> TF_ASYNC(void) {
    for (int i = 0; i < 10; ++i) TF_AWAIT(yield_now());
    TF_RETURN;
  });
  ExecutorMetrics metrics = runtime.metrics();
  EXPECT_EQ(metrics.tasks_spawned, 1u);
  EXPECT_EQ(metrics.tasks_alive, 0u);
  EXPECT_EQ(metrics.polls, 11u);
  EXPECT_EQ(metrics.wakes, 10u);

  runtime.block_on([]() -> TF_ASYNC(void) {
    for (int i = 0; i < 3; ++i) TF_AWAIT(sleep(milliseconds(20)));
    TF_RETURN;
  });
  metrics = runtime.metrics();
  EXPECT_EQ(metrics.tasks_spawned, 2u);
  EXPECT_EQ(metrics.wakes, 13u);
  // On a busy machine a time may be over before the worker comes to wait for it.
  EXPECT_GE(metrics.parks, 1u);
  EXPECT_GE(metrics.reactor_turns, 1u);
}

TEST_P(Tracing, A_task_has_the_name_that_it_was_spawned_with) {
  Runtime runtime(options());
  runtime.block_on([]() -> TF_ASYNC(void) {
    auto named = spawn_named("reader", []() -> TF_ASYNC(std::string) {
      TF_AWAIT(yield_now());
      TF_RETURN std::string(this_task::name());
    });
    EXPECT_EQ(TF_AWAIT(named), "reader");
    TF_RETURN;
  });
}

// Complete events with a name, a time and a lane, one for each turn of the task.
TEST_P(Tracing, A_trace_file_holds_each_turn_and_each_wake) {
  const std::string path = testing::TempDir() + "twofold-trace-" + std::to_string(::getpid());
  {
    TraceFile file(path);
    Runtime runtime(options(&file));
    runtime.block_on([]() -> TF_ASYNC(void) {
      Notify gate;
      auto waiter = spawn_named("a \"quoted\" name", wait_for, std::ref(gate), 1);
      TF_AWAIT(sleep(milliseconds(1)));
      gate.notify_one();
      TF_AWAIT(waiter);
      TF_RETURN;
    });
  }
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::remove(path.c_str());
  const std::string json = text.str();
  EXPECT_TRUE(json.starts_with("[\n{")) << json;
  EXPECT_TRUE(json.ends_with("}\n]\n")) << json;
  EXPECT_NE(json.find(R"("name":"a \"quoted\" name","cat":"poll","ph":"X")"), std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("name":"worker )"), std::string::npos) << json;
  for (const char* phase :
       {"\"ph\":\"b\"", "\"ph\":\"e\"", "\"ph\":\"s\"", "\"ph\":\"f\"", "\"ph\":\"i\""}) {
    EXPECT_NE(json.find(phase), std::string::npos) << phase << " in " << json;
  }
}

// False where that is not so within a minute.
template <class Condition>
TF_ASYNC(bool) comes_true(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) TF_RETURN false;
    TF_AWAIT(sleep(milliseconds(1)));
  }
  TF_RETURN true;
}

TEST_P(Tracing, Sigquit_lists_the_tasks_and_the_program_goes_on) {
  RuntimeOptions with = options();
  with.dump_on_sigquit = true;
  Runtime runtime(with);
  testing::internal::CaptureStderr();
  runtime.block_on([&runtime]() -> TF_ASYNC(void) {
    Notify gate;
    auto waiter = spawn_named("waiter", wait_for, std::ref(gate), 1);
    const auto is_parked = [&runtime] {
      std::ostringstream tasks;
      runtime.dump_tasks(tasks);
      return tasks.str().find("\"waiter\" waits for") != std::string::npos;
    };
    EXPECT_TRUE(TF_AWAIT(comes_true(is_parked)));
    ::kill(::getpid(), SIGQUIT);
    // Captured, standard error is a file.
    const auto is_listed = [] {
      std::ostringstream said;
      said << std::ifstream("/dev/stderr").rdbuf();
      return said.str().find("wait_for(") != std::string::npos;
    };
    EXPECT_TRUE(TF_AWAIT(comes_true(is_listed)));
    gate.notify_one();
    TF_AWAIT(waiter);
    TF_RETURN;
  });
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("\"waiter\" waits for"), std::string::npos) << said;
  EXPECT_NE(said.find("wait_for("), std::string::npos) << said;
}

class Variable {
 public:
  explicit Variable(const char* value) { ::setenv("TWOFOLD_LOG", value, 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv("TWOFOLD_LOG"); }
};

std::atomic<bool> a_stall_was_said{false};

TEST_P(Tracing, The_environment_asks_for_stalls_tasks_and_metrics) {
  EXPECT_EQ(RuntimeOptions().on_stall, &write_stall);
  const Variable log("stalls=30ms,tasks,metrics");
  a_stall_was_said = false;
  testing::internal::CaptureStderr();
  {
    RuntimeOptions with = options();
    with.on_stall = [](const Stall& stall) {
      write_stall(stall);
      a_stall_was_said = true;
    };
    Runtime runtime(with);
    runtime.block_on([]() -> TF_ASYNC(void) {
      TF_AWAIT(spawn_named("hog", []() -> TF_ASYNC(void) {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!a_stall_was_said && std::chrono::steady_clock::now() < give_up) {
        }
        TF_RETURN;
      }));
      TF_RETURN;
    });
  }
  const std::string said = testing::internal::GetCapturedStderr();
  for (const char* part : {"\"hog\" is spawned", "\"hog\" has kept its worker for",
                           "\"hog\" has ended", "metrics: 2 tasks spawned"}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << " in " << said;
  }
}

TEST_P(Tracing, A_word_that_the_environment_should_not_have_is_named) {
  const Variable log("stals");
  testing::internal::CaptureStderr();
  Runtime first(options());
  Runtime second(options());
  const std::string said = testing::internal::GetCapturedStderr();
  if (GetParam() != 1) return;  // said once in a process
  EXPECT_NE(said.find("'stals'"), std::string::npos) << said;
  EXPECT_NE(said.find("stalls"), std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(, Tracing, testing::Values(1, 2),
                         [](const auto& with) { return std::to_string(with.param) + "_workers"; });

}  // namespace
}  // namespace twofold
