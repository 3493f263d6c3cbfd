// Executor: runs the tasks that were woken, on one thread, over one reactor and one timer wheel.
// With several workers it is what they have in common, and runs nothing itself (see Workers).
//
// Used by Runtime (block_on) and by both runtimes, which ask it at each suspension for the task to
// switch to, so that control goes from task to task and not through the loop.
//
// Order: a FIFO, and before it one LIFO slot for the task that the running task woke last (its data
// are warm, and a request and its answer take turns without waiting behind everyone), which may win
// only a few times in a row. The idea is Go's `runnext` and Tokio's LIFO slot.
//
// Fairness: after a turn's budget of tasks control comes back to the loop, which drains the inbox,
// fires timers and looks at the reactor. Within a task, leaf futures that are always ready use up
// the task's own budget (cooperate()) and then let others run, as in Tokio.
#pragma once

#include <atomic>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <stdexcept>
#include <vector>

#include "twofold/blocking/blocking_pool.hpp"
#include "twofold/executor/options.hpp"
#include "twofold/executor/run_queue.hpp"
#include "twofold/reactor/reactor.hpp"
#include "twofold/reactor/timer_wheel.hpp"
#include "twofold/task/header.hpp"

namespace twofold {

/// Thrown by block_on when every task waits and nothing can ever wake one. what() lists the tasks.
class Deadlock : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Counters of one executor, since it was made.
struct ExecutorMetrics {
  std::uint64_t tasks_alive = 0;
  std::uint64_t tasks_spawned = 0;
  std::uint64_t polls = 0;         ///< times that a task was resumed
  std::uint64_t parks = 0;         ///< times that a worker waited for events
  std::uint64_t remote_wakes = 0;  ///< wakes that came from other threads (one worker only)
  std::uint64_t steals = 0;        ///< times that a worker took tasks from another's queue
  std::uint64_t reactor_turns = 0;
};

namespace detail {

class Worker;
class Workers;

class Executor {
 public:
  explicit Executor(const RuntimeOptions& options);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Runs tasks until `root` is complete. Throws Deadlock, and std::logic_error when this thread
  /// runs an executor already.
  void run_until(TaskHeader& root);

  /// Cancels every task that is left. Called by ~Runtime, on a thread that runs no task.
  void shut_down() noexcept;
  /// Cancels `task`, which is parked or ready, and waits for its end. On a thread that runs no
  /// task.
  void cancel_now(TaskHeader& task) noexcept;

  /// What the tasks that run here name as their executor: this one, or for a worker its runtime's.
  [[nodiscard]] Executor& owner() noexcept { return *owner_; }
  /// The workers of a runtime with several; null where there is one.
  [[nodiscard]] Workers* workers() const noexcept { return workers_.get(); }

  // ---- for the runtimes, on the worker's thread ----

  /// Makes room for one more task, so that admit() and every wake of it cannot fail. Throws
  /// std::bad_alloc.
  void reserve_task() { queue_.reserve(alive_ + queued_complete_ + 1); }
  /// Takes a new task in: it is counted, listed, and will run.
  void admit(TaskHeader& task) noexcept;

  /// The task that the running task is to hand control to, marked as running; null: back to the
  /// loop. Hot path, guarded by the `yield` workload.
  [[nodiscard]] TaskHeader* next_task() noexcept {
    if (budget_ == 0) [[unlikely]]
      return nullptr;
    --budget_;
    return pop_ready();
  }

  [[nodiscard]] TaskHeader* running() const noexcept { return running_; }

  // ---- for the leaf futures, on the worker's thread ----

  /// Puts a task that runs behind all that are ready: what yield_now does.
  void defer(TaskHeader& task) noexcept {
    if (owner_ != this) [[unlikely]]
      return task.schedule_again();
    if ((task.flags_ & TaskHeader::kScheduled) != 0) return;
    task.flags_ |= TaskHeader::kScheduled;
    queue_.push(&task);
  }

  /// One unit of the running task's budget. False when it is used up: the future then answers
  /// Pending (the task was put behind the others), so that it cannot starve them by being always
  /// ready.
  [[nodiscard]] bool cooperate(TaskHeader& task) noexcept {
    if (task_budget_ != 0) [[likely]] {
      --task_budget_;
      return true;
    }
    defer(task);
    return false;
  }

  [[nodiscard]] Reactor& reactor() noexcept { return *reactor_; }
  /// Wakes node.waiter at node.deadline, unless remove_timer() comes first.
  void add_timer(TimerNode& node) noexcept;
  void remove_timer(TimerNode& node) noexcept;
  /// Lets `task` be woken in the waiter's place. False: the timer has fired.
  [[nodiscard]] bool redirect_timer(TimerNode& node, TaskHeader& task) noexcept;
  /// Nanoseconds of this executor's clock, read now.
  [[nodiscard]] Nanoseconds now() const noexcept;
  /// The threads for blocking work, made when first asked for. Throws std::bad_alloc.
  [[nodiscard]] BlockingPool& blocking_pool();

  [[nodiscard]] ExecutorMetrics metrics() const noexcept;
  /// Calls `visit` for each live task. On the worker's thread, or while nothing runs; with several
  /// workers on any thread.
  template <class Visit>
  void for_each_task(Visit&& visit) const {
    for (const TaskRef& task : shared_tasks()) visit(*task.get());
    for (TaskHeader* task = live_; task != nullptr; task = task->live_next_) visit(*task);
  }

 private:
  friend class TaskHeader;
  friend class Worker;
  friend class Workers;

  struct OneOfSeveral {};
  /// A worker of `owner`.
  Executor(Executor& owner, OneOfSeveral);
  Executor(std::shared_ptr<Reactor> reactor, const RuntimeOptions& options);

  static constexpr std::uint32_t kTurnBudget = 256;  // tasks between two looks at the clock
  static constexpr std::uint32_t kTaskBudget = 128;  // ready leaf operations of one task in a row
  static constexpr std::uint32_t kLifoStreak = 3;    // wins of the LIFO slot in a row
  static constexpr Nanoseconds kReactorInterval = 100'000;  // between looks at epoll while busy

  // A task that is complete or to be cancelled is left to the loop, which runs on the worker's
  // stack.
  [[nodiscard]] TaskHeader* pop_ready() noexcept {
    TaskHeader* task = nullptr;
    if (lifo_ != nullptr && lifo_streak_ < kLifoStreak) {
      task = std::exchange(lifo_, nullptr);
      ++lifo_streak_;
    } else if (!queue_.empty()) {
      task = queue_.pop();
      lifo_streak_ = 0;
    } else if (lifo_ != nullptr) {
      task = std::exchange(lifo_, nullptr);
    } else {
      return nullptr;
    }
    if (needs_attention(*task)) [[unlikely]] {
      attention_ = task;
      return nullptr;
    }
    mark_running(*task);
    return task;
  }

  [[nodiscard]] static bool needs_attention(const TaskHeader& task) noexcept {
    return (task.flags_ & TaskHeader::kComplete) != 0 || task.cancel_requested();
  }

  void mark_running(TaskHeader& task) noexcept {
    if (running_ != nullptr) running_->flags_ &= ~TaskHeader::kRunning;
    task.flags_ = TaskHeader::kRunning;  // also clears kScheduled
    running_ = &task;
    task_budget_ = kTaskBudget;
    ++polls_;
  }

  // A task becomes ready on the worker's thread.
  void schedule(TaskHeader& task) noexcept {
    task.flags_ |= TaskHeader::kScheduled;
    if (running_ == nullptr) {
      queue_.push(&task);
      return;
    }
    if (lifo_ != nullptr) queue_.push(lifo_);
    lifo_ = &task;
  }

  void run_turn(const TaskHeader& root) noexcept;
  void attend(TaskHeader& task) noexcept;
  void stop_running() noexcept;
  void on_complete(TaskHeader& task) noexcept;
  void cancel_parked(TaskHeader& task) noexcept;
  bool drain_inbox() noexcept;
  void push_inbox(TaskHeader& task) noexcept;
  void poll_events();
  void park();
  [[nodiscard]] std::vector<TaskRef> shared_tasks() const;
  [[nodiscard]] bool has_blocking_work() const noexcept;
  /// Whether no thread but `own` of this runtime and its idle ones for blocking work could wake a
  /// task.
  [[nodiscard]] bool is_alone(std::size_t own) const noexcept;
  [[nodiscard]] bool is_deadlocked() const noexcept;
  [[noreturn]] void throw_deadlock() const;

  // Hot, together: what a switch from task to task touches.
  RunQueue queue_;
  TaskHeader* lifo_ = nullptr;
  TaskHeader* running_ = nullptr;
  TaskHeader* attention_ = nullptr;
  std::uint32_t lifo_streak_ = 0;
  std::uint32_t budget_ = 0;
  std::uint32_t task_budget_ = 0;
  std::uint64_t polls_ = 0;

  TimerWheel timers_;
  std::shared_ptr<Reactor> reactor_;
  Clock clock_;
  Nanoseconds virtual_now_ = 0;
  Nanoseconds last_reactor_turn_ = 0;

  const TaskHeader* root_ = nullptr;
  TaskHeader* live_ = nullptr;
  std::uint64_t alive_ = 0;
  std::uint64_t queued_complete_ = 0;  // tasks that ended while they were in the run queue
  std::uint64_t spawned_ = 0;
  std::uint64_t parks_ = 0;
  std::uint64_t remote_wakes_ = 0;
  std::uint64_t late_arrivals_ =
      0;  // complete tasks that another thread is still putting in the inbox

  // Tasks woken from other threads, last first; kAsleep while the worker waits in the reactor, so
  // that the thread that pushes onto an empty inbox knows whether it must notify.
  alignas(64) std::atomic<TaskHeader*> inbox_{nullptr};

  RuntimeOptions options_;
  std::unique_ptr<BlockingPool> blocking_pool_;
  Executor* owner_ = this;
  std::unique_ptr<Workers> workers_;  // last: its threads use all of the above
};

// ---- for the leaf futures: `task` is the running task of this thread ----

/// See Executor::cooperate.
[[nodiscard]] inline bool cooperate(TaskHeader& task) noexcept {
  return current_executor()->cooperate(task);
}
/// See Executor::defer.
inline void defer(TaskHeader& task) noexcept { current_executor()->defer(task); }

/// Writes every live task: its id, its name, what it waits for, the functions it is suspended in.
void dump_tasks(const Executor& executor, std::ostream& to);

}  // namespace detail
}  // namespace twofold
