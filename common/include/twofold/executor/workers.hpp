// Workers: the threads of a runtime with several workers, and all that they share.
//
// Owned by the runtime's Executor (the owner), which every task names as its executor. Since no
// thread's current_executor is the owner, all that a task's own thread may do without atomic
// operations in a one-worker runtime takes the path for any thread here; the state machine of a
// task is then in its atomic state (TaskHeader), and a task is taken up by another worker only
// after it has left its frame or its stack for good (Worker::run_task).
//
// Shared: the queue for tasks that were made ready by other threads or did not fit, the reactor and
// the timers (served by one worker at a time, which sleeps there when it has nothing else to do),
// the lists of live tasks (one for each worker, to keep them apart), who sleeps.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "twofold/detail/spin_lock.hpp"
#include "twofold/executor/executor.hpp"
#include "twofold/executor/idle_workers.hpp"
#include "twofold/executor/worker.hpp"
#include "twofold/reactor/timer_wheel.hpp"

namespace twofold::detail {

class Workers {
 public:
  /// Starts the threads. Throws std::system_error where one cannot be had, std::bad_alloc.
  Workers(Executor& owner, std::uint32_t count);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Precondition: no task is alive.
  ~Workers();

  // ---- tasks (any thread) ----
  void admit(TaskHeader& task) noexcept;
  /// A wake made an idle task ready.
  void enqueue(TaskHeader& task) noexcept;
  /// It is over; on a worker.
  void on_complete(TaskHeader& task) noexcept;
  /// Its end has been published.
  void announce_root() noexcept;

  // ---- timers (any thread) ----
  void add_timer(TimerNode& node) noexcept;
  void remove_timer(TimerNode& node) noexcept;
  /// False: it has fired.
  [[nodiscard]] bool redirect_timer(TimerNode& node, TaskHeader& task) noexcept;

  // ---- the runtime's owner ----
  /// Waits until `root` is complete. Throws Deadlock.
  void wait_for(TaskHeader& root);
  /// Cancels `root` and waits for its end.
  void cancel_and_wait(TaskHeader& root) noexcept;
  /// Cancels all tasks and waits for their end.
  void cancel_all() noexcept;
  /// Ends the threads, which have nothing left to do.
  void stop() noexcept;
  [[nodiscard]] std::vector<TaskRef> live_tasks() const;
  void add_to(ExecutorMetrics& metrics) const noexcept;

 private:
  friend class Worker;

  /// The live tasks that were spawned on one worker.
  struct alignas(64) Roster {
    mutable SpinLock lock;
    TaskHeader* first = nullptr;
    std::uint64_t alive = 0;
    std::uint64_t spawned = 0;
  };

  static constexpr Nanoseconds kReactorInterval = 100'000;  // between looks at epoll while busy
  // How long a worker sleeps while others run tasks, which may have tasks to take by then.
  static constexpr Nanoseconds kPatience = 10'000'000;

  [[nodiscard]] Worker* current_worker() const noexcept;
  void wake_one() noexcept;
  void unpark(Worker& worker) noexcept;
  void inject(TaskHeader* first, TaskHeader* last, std::size_t count) noexcept;
  [[nodiscard]] TaskHeader* take_injected(Worker& worker, bool with_more) noexcept;
  [[nodiscard]] bool has_work() const noexcept;
  static void count_park(Worker& worker) noexcept;
  [[nodiscard]] std::uint64_t parks() const noexcept;
  void look_at_events(Worker& worker) noexcept;
  void turn(Worker& worker, Nanoseconds timeout) noexcept;
  void sleep_in_reactor(Worker& worker) noexcept;
  /// Returns when there may be work. False: the runtime ends.
  [[nodiscard]] bool sleep(Worker& worker) noexcept;
  [[nodiscard]] bool is_deadlocked() const noexcept;
  [[nodiscard]] bool has_no_timers() const noexcept;
  [[nodiscard]] std::uint64_t alive() const noexcept;

  Executor& owner_;
  IdleWorkers<> idle_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Roster[]> rosters_;
  std::atomic<bool> is_closing_{false};   // tasks are cancelled as they come
  std::atomic<bool> is_stopping_{false};  // threads end

  // Under a lock that a foreign thread holds while it pushes and wakes: once it has let go, it
  // touches nothing of the runtime any more.
  alignas(64) mutable std::mutex injected_lock_;
  TaskHeader* injected_first_ = nullptr;
  TaskHeader* injected_last_ = nullptr;
  std::atomic<std::size_t> injected_{0};

  // The reactor and the advance of the timers belong to who holds it.
  alignas(64) SpinLock events_;
  std::atomic<bool> events_wanted_{false};  // a worker went to sleep because they were held
  std::atomic<Nanoseconds> last_turn_{0};
  mutable SpinLock timers_lock_;
  TimerWheel timers_;
  std::atomic<std::size_t> timer_count_{0};
  Nanoseconds sleeping_until_ = 0;  // of the worker in the reactor; 0: there is none

  std::mutex ended_lock_;
  std::condition_variable ended_;  // a root is complete, no task is left, or all workers sleep
};

}  // namespace twofold::detail
