// Row 14: each task has its own exceptions; what nobody awaits is reported.
#include <stdexcept>
#include <string>
#include <vector>

#include "fault_test.hpp"

namespace twofold::test {
namespace {

class Exceptions : public FaultTest {};
TWOFOLD_ON_ALL_WORKERS(Exceptions);

// Thrown, caught, and then awaited right after the catch block, by many at once.
TEST_P(Exceptions, Each_task_catches_and_rethrows_its_own) {
  constexpr int kTasks = 200;
  runtime().block_on([]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> tasks;
    for (int i = 0; i < kTasks; ++i) {
      tasks.push_back(spawn([i]() -> TF_ASYNC(void) {
        const std::string own = "error " + std::to_string(i);
        std::exception_ptr kept;
        for (int round = 0; round < 20; ++round) {
          try {
            throw std::runtime_error(own);
          } catch (...) {
            kept = std::current_exception();
          }
          TF_AWAIT(yield_now());
          EXPECT_EQ(std::uncaught_exceptions(), 0);
          try {
            std::rethrow_exception(kept);
          } catch (const std::runtime_error& error) {
            EXPECT_EQ(error.what(), own);
          }
        }
        std::rethrow_exception(kept);
        TF_RETURN;
      }));
    }
    for (int i = 0; i < kTasks; ++i) {
      std::string what;
      try {
        TF_AWAIT(tasks[static_cast<std::size_t>(i)]);
      } catch (const std::runtime_error& error) {
        what = error.what();
      }
      EXPECT_EQ(what, "error " + std::to_string(i));
    }
    TF_RETURN;
  });
}

std::atomic<int> reports{0};

void count_report(std::exception_ptr error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::runtime_error& failure) {
    if (std::string(failure.what()) == "nobody sees this") ++reports;
  } catch (...) {
  }
}

/// The handler for as long as it lives.
class Handler {
 public:
  Handler() noexcept : before_(set_unhandled_exception_handler(&count_report)) { reports = 0; }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  ~Handler() { set_unhandled_exception_handler(before_); }

 private:
  UnhandledExceptionHandler before_;
};

TF_ASYNC(void) fail() {
  TF_AWAIT(yield_now());
  throw std::runtime_error("nobody sees this");
  TF_RETURN;
}

TEST_P(Exceptions, Of_a_detached_task_reach_the_handler_once) {
  const Handler handler;
  runtime().block_on([]() -> TF_ASYNC(void) {
    for (int i = 0; i < 10; ++i) static_cast<void>(spawn(fail));
    TF_AWAIT(sleep(std::chrono::milliseconds(1)));
    TF_RETURN;
  });
  runtime_.reset();
  EXPECT_EQ(reports.load(), 10);
}

TEST_P(Exceptions, Of_a_handle_that_is_dropped_later_reach_the_handler_too) {
  const Handler handler;
  runtime().block_on([]() -> TF_ASYNC(void) {
    auto handle = spawn(fail);
    while (!handle.is_finished()) TF_AWAIT(yield_now());
    TF_RETURN;
  });
  runtime_.reset();
  EXPECT_EQ(reports.load(), 1);
}

TEST_P(Exceptions, That_somebody_awaited_do_not_reach_the_handler) {
  const Handler handler;
  EXPECT_THROW(runtime().block_on(fail), std::runtime_error);
  runtime().block_on([]() -> TF_ASYNC(void) {
    auto handle = spawn(fail);
    try {
      TF_AWAIT(handle);
    } catch (const std::runtime_error&) {
    }
    auto aborted = spawn(sleep(std::chrono::hours(1)));
    aborted.abort();
    TF_RETURN;
  });
  runtime_.reset();
  EXPECT_EQ(reports.load(), 0);
}

}  // namespace
}  // namespace twofold::test
