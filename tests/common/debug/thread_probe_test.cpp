// ThreadProbe: a thread answers for itself alone.
#include "twofold/debug/thread_probe.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <twofold/twofold.hpp>

namespace twofold {
namespace {

/// Runs a task on a thread of its own that keeps the probe's signal back until it is let answer.
class Reluctant {
 public:
  explicit Reluctant(const char* task) : task_(task) {
    while (!is_ready_) std::this_thread::yield();
  }
  Reluctant(const Reluctant&) = delete;
  Reluctant& operator=(const Reluctant&) = delete;
  ~Reluctant() {
    answer();
    thread_.join();
  }

  /// Returns when the signal, where one was waiting, has been handled.
  void answer() {
    may_answer_ = true;
    while (!has_answered_) std::this_thread::yield();
  }
  [[nodiscard]] pthread_t thread() { return thread_.native_handle(); }
  [[nodiscard]] bool is_asked() const { return is_asked_; }

 private:
  void run() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGURG);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    detail::admit_probe();
    Runtime runtime;
    runtime.block_on([&]() -> TF_ASYNC(void) {
      this_task::set_name(task_);
      is_ready_ = true;
      while (!may_answer_) {
        sigset_t waiting;
        ::sigpending(&waiting);
        if (::sigismember(&waiting, SIGURG) == 1) is_asked_ = true;
      }
      ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
      has_answered_ = true;
      TF_RETURN;
    });
  }

  const char* task_;
  std::atomic<bool> is_ready_{false}, is_asked_{false}, may_answer_{false}, has_answered_{false};
  std::thread thread_{[this] { run(); }};
};

using std::chrono::milliseconds;
constexpr std::chrono::seconds kPatience{60};

TEST(ThreadProbe, A_signal_that_comes_late_answers_for_no_other_thread) {
  Reluctant late("late"), other("other");
  const detail::Sighting* sighting = nullptr;
  EXPECT_FALSE(detail::probe_thread(late.thread(), milliseconds(10), sighting));
  std::thread in_order([&] {
    while (!other.is_asked()) std::this_thread::yield();
    late.answer();
    other.answer();
  });
  const bool is_answered = detail::probe_thread(other.thread(), kPatience, sighting);
  in_order.join();
  ASSERT_TRUE(is_answered);
  EXPECT_TRUE(sighting->has_task);
  EXPECT_STREQ(sighting->name, "other");
}

}  // namespace
}  // namespace twofold
