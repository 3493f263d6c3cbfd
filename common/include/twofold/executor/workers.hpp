// Workers: the threads of a runtime with several workers, and what they share.
//
// Owned by the runtime's Executor (the owner), which every task names as its executor, though it is
// at home on one of the workers (Worker). Since no thread's current_executor is the owner, each
// operation on a task comes to its form for several workers (TaskHeader).
//
// Shared: the reactor and the timers (served by one worker at a time, which sleeps there when it
// has nothing else to do), and who sleeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "twofold/detail/atomic.hpp"
#include "twofold/detail/os_thread.hpp"
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
  /// As Executor::reserve_task(), admit() and forgo_task(), on a thread that is no worker.
  void reserve_outside();
  void admit_outside(TaskHeader& task) noexcept;
  void forgo_outside() noexcept;
  /// The worker that this thread is, of the runtime whose executor is `owner`; null: it is none.
  /// Touches nothing of the runtime.
  [[nodiscard]] static Worker* worker_here(const Executor& owner) noexcept {
    Executor* const current = current_executor();
    if (current == nullptr || &current->owner() != &owner) return nullptr;
    return static_cast<Worker*>(current);
  }
  /// Held by a thread that is no worker while it touches a task whose runtime may be ending: until
  /// let_out(), which comes when all tasks are complete.
  [[nodiscard]] static OsMutex& outsiders() noexcept;
  static void let_out() noexcept { const std::lock_guard held(outsiders()); }
  /// A woken task, which is marked so, goes to its worker's inbox.
  void deliver(TaskHeader& task) noexcept;
  /// Its end has been published.
  void announce_root() noexcept;

  // ---- timers (any thread) ----
  void add_timer(TimerNode& node) noexcept;
  void remove_timer(TimerNode& node) noexcept;
  /// False: it has fired.
  [[nodiscard]] bool redirect_timer(TimerNode& node, TaskHeader& task) noexcept;
  /// See TimerWheel::forget_one().
  [[nodiscard]] TaskRef forget_timer() noexcept;

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
  /// Gives how often a task was in a queue and did not come to be polled, or is there now.
  [[nodiscard]] std::uint64_t add_to(ExecutorMetrics& metrics) const noexcept;

 private:
  friend class AtHome;
  friend class Executor;
  friend class TaskHeader;
  friend class Worker;

  static constexpr Nanoseconds kReactorInterval = 100'000;  // between looks at epoll while busy
  // How long a worker sleeps while others run tasks, which may have tasks to take by then.
  static constexpr Nanoseconds kPatience = 10'000'000;

  [[nodiscard]] Worker* current_worker() const noexcept { return worker_here(owner_); }
  [[nodiscard]] Worker& home_of(const TaskHeader& task) const noexcept {
    return *workers_[task.home_index()];
  }
  [[nodiscard]] static std::uint32_t lane_of(const Worker* worker) noexcept;
  void trace_woken(const TaskHeader& task, const Worker* worker) const noexcept {
    if (owner_.tracer_ != nullptr) [[unlikely]]
      owner_.tracer_->woken({.task = task.id(), .name = task.name(), .worker = lane_of(worker)});
  }
  void wake_one() noexcept;
  /// This thread's worker has put something into its queue that others could take.
  void wake_for_more() noexcept {
    if (idle_.is_anyone_idle()) [[unlikely]]
      wake_for_more_slow();
  }
  void wake_for_more_slow() noexcept;
  void unpark(Worker& worker) noexcept;
  void call(const TaskHeader& task) noexcept;
  void call(Worker& worker) noexcept;
  void settle(TaskHeader* from_inbox) noexcept;
  [[nodiscard]] bool has_work() const noexcept;
  void order_after_all(const Worker& worker) noexcept;
  static void count_park(Worker& worker) noexcept;
  [[nodiscard]] std::uint64_t parks() const noexcept;
  void look_at_events(Worker& worker) noexcept;
  void turn(Worker& worker, Nanoseconds timeout) noexcept;
  void sleep_in_reactor(Worker& worker) noexcept;
  /// Returns when there may be work. False: the runtime ends.
  [[nodiscard]] bool sleep(Worker& worker) noexcept;
  [[nodiscard]] bool may_be_deadlocked() const noexcept;
  [[nodiscard]] bool is_deadlocked() const noexcept;
  [[nodiscard]] bool has_no_timers() const noexcept;
  [[nodiscard]] std::uint64_t alive() const noexcept;

  Executor& owner_;
  IdleWorkers<> idle_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Atomic<bool> is_closing_{false};   // somebody waits until no task is left
  Atomic<bool> is_stopping_{false};  // threads end

  // Wakes of tasks that were complete before they came to an inbox, and are not there yet, or were
  // not taken out.
  Atomic<std::int64_t> late_{0};
  // Held by a thread that is no worker while it puts a task into an inbox and calls a worker: once
  // it has let go, it touches nothing of the runtime any more.
  alignas(64) OsMutex door_;

  // The reactor and the advance of the timers belong to who holds it.
  alignas(64) SpinLock events_;
  Atomic<bool> has_reactor_sleeper_{false};
  Atomic<bool> has_patient_sleeper_{
      false};                          // it does not look at the queues when kPatience is over
  Atomic<bool> events_wanted_{false};  // a worker went to sleep because they were held
  Atomic<Nanoseconds> last_turn_{0};
  mutable SpinLock timers_lock_;
  TimerWheel timers_;
  Atomic<std::size_t> timer_count_{0};
  Nanoseconds sleeping_until_ = 0;  // of the worker in the reactor; 0: there is none

  OsMutex ended_lock_;
  OsCondition ended_;  // a root is complete, no task is left, or all workers sleep
};

}  // namespace twofold::detail
