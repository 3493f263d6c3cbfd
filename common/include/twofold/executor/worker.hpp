// Worker: one of the threads of a runtime with several, and the tasks that are ready on it.
//
// Made by Workers. It is the executor of its thread (current_executor), so that leaf futures find
// the running task's budget there; the tasks themselves belong to the runtime's executor, and may
// run on another worker each time.
//
// Order: a slot for the task that was woken last, before the queue, as in the one-worker executor.
// The queue is bounded; what does not fit goes to the queue that all workers share.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "twofold/executor/executor.hpp"
#include "twofold/executor/parker.hpp"
#include "twofold/executor/work_queue.hpp"

namespace twofold::detail {

class Workers;

class Worker final : public Executor {
 public:
  Worker(Executor& owner, Workers& workers, std::uint32_t index);
  ~Worker() = default;

 private:
  friend class Workers;
  using ReadyQueue = WorkQueue<TaskHeader>;

  static constexpr std::uint32_t kTicksBetweenLooks = 64;  // tasks between looks at what is shared

  void run() noexcept;
  [[nodiscard]] TaskHeader* next_ready() noexcept;
  [[nodiscard]] TaskHeader* search() noexcept;
  void run_task(TaskHeader& task) noexcept;
  /// A task became ready on this thread: behind all others, or (`is_next`) before them.
  void make_ready(TaskHeader& task, bool is_next) noexcept;
  void push(TaskHeader& task) noexcept;

  Workers& workers_;
  const std::uint32_t index_;
  bool is_searching_ = false;
  bool is_in_turn_ = false;  // wakes come from the reactor and the timers
  bool is_impatient_ =
      false;  // others have been running for long: takes their last-woken tasks too
  std::uint32_t ticks_ = 0;
  std::uint32_t streak_ = 0;  // wins of the slot in a row
  std::uint64_t random_;

  std::atomic<TaskHeader*> woken_last_{nullptr};
  ReadyQueue ready_;
  Parker<> parker_;

  // Written by this thread, read by any.
  std::atomic<std::uint64_t> polls_{0};
  std::atomic<std::uint64_t> parks_{0};
  std::atomic<std::uint64_t> steals_{0};

  std::thread thread_;
};

}  // namespace twofold::detail
