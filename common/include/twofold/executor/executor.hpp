// Executor: runs the tasks that were woken, on one thread, over one reactor and one timer wheel.
// With several workers it is what they have in common, and runs nothing itself (see Workers).
//
// Used by Runtime (block_on) and by both runtimes, which ask it at each suspension for the task to
// switch to, and not the loop. One file because these hot paths are inlined as a whole.
//
// Order: a FIFO, and before it one LIFO slot for the task that the running task woke last (its data
// are warm, and a request and its answer take turns without waiting behind everyone), which may win
// only a few times in a row. The idea is Go's `runnext` and Tokio's LIFO slot. Tasks that were
// spawned and have not begun come before the FIFO too, the last one first: a tree of tasks is then
// gone through in depth, with few of them alive, and who spawns some and awaits the first finds the
// others done. After some in a row the FIFO has its turn, and after some turns of the loop the
// one that has been waiting for longest joins the FIFO. They all do, in the order in which they
// were spawned, when a task yields: it lets all that are ready run first. A coroutine that joins a
// task runs those that have not begun on top of itself, in this order, and parks only where another
// kind comes next (begin_new).
//
// Fairness: after a turn's budget of tasks control comes back to the loop, which drains the inbox,
// fires timers and looks at the reactor. Within a task, leaf futures that are always ready use up
// the task's own budget (cooperate()) and then let others run, as in Tokio.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <stdexcept>
#include <vector>

#include "twofold/blocking/blocking_pool.hpp"
#include "twofold/detail/atomic.hpp"
#include "twofold/detail/seeded_random.hpp"
#include "twofold/detail/single_threaded.hpp"
#include "twofold/executor/options.hpp"
#include "twofold/executor/run_queue.hpp"
#include "twofold/executor/state_memory.hpp"
#include "twofold/reactor/reactor.hpp"
#include "twofold/reactor/timer_wheel.hpp"
#include "twofold/reactor/virtual_socket.hpp"
#include "twofold/task/header.hpp"

namespace twofold {

/// Thrown by block_on when every task waits and nothing can ever wake one. what() lists the tasks.
class Deadlock : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Counters of one executor, since it was made; and what its tasks' state takes in memory.
struct ExecutorMetrics {
  std::uint64_t tasks_alive = 0;
  std::uint64_t tasks_spawned = 0;
  std::uint64_t polls = 0;         ///< times that a task was resumed
  std::uint64_t wakes = 0;         ///< times that a waiting or yielding task was made ready
  std::uint64_t parks = 0;         ///< times that a worker waited for events
  std::uint64_t remote_wakes = 0;  ///< wakes that came through a worker's inbox
  std::uint64_t steals = 0;        ///< times that a worker took tasks from another's queue
  std::uint64_t reactor_turns = 0;
  StateMemory memory;  ///< frames or stacks, of the process
};

namespace detail {

class Worker;
class Workers;

class Executor : ExecutorIndex {
 public:
  explicit Executor(const RuntimeOptions& options);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Runs tasks until `root` is complete. Throws Deadlock. Precondition: this thread runs no
  /// executor.
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

  /// Makes room for one more task, so that admit() and every wake of it cannot fail. The room is
  /// kept, whatever is spawned meanwhile, until admit() or forgo_task() on the same thread. Throws
  /// std::bad_alloc. On this executor's thread; where a runtime has several workers also on a
  /// thread that is none of them, with their owner.
  void reserve_task() {
    if (reserved_ == reservable_) [[unlikely]]
      return reserve_slow();
    ++reserved_;
  }
  /// Takes a new task in: it is counted, listed, and will run.
  void admit(TaskHeader& task) noexcept;
  /// The task that there was to be could not be made.
  void forgo_task() noexcept;

  /// The task that the running task is to hand control to, marked as running; null: back to the
  /// loop. Hot path, guarded by the `yield` workload.
  [[nodiscard, gnu::always_inline]] inline TaskHeader* next_task() noexcept {
    if (polls_ == turn_end_) [[unlikely]]
      return nullptr;
    return pop_ready();
  }

  /// Whether the running task may hand control to another. Never with several workers, whose tasks
  /// and queues are not this thread's alone.
  [[nodiscard]] bool has_turn() const noexcept { return polls_ != turn_end_; }
  /// Whether they no longer lie in the core's own cache: prefetch() then pays. Precondition, as of
  /// the next: has_turn(), or the worker's lock.
  [[nodiscard]] bool has_many_tasks() const noexcept { return alive_ > kTasksInCache; }
  /// Brings near what will run some switches from now.
  void prefetch() const noexcept { queue_.prefetch(); }

  /// defer() of the running task, then next_task(), which are one where nothing else is ready than
  /// what queues up in order, and `is_wanted(next)`. Null: nothing has been done. Asks for no
  /// prefetch(). Hot path, guarded by the `yield` workload.
  template <class IsWanted>
  [[nodiscard, gnu::always_inline]] inline TaskHeader* defer_and_switch(
      TaskHeader& task, IsWanted&& is_wanted) noexcept {
    const bool is_plain = has_turn() && lifo_ == nullptr && fresh_.empty() &&
                          (task.flags_ & TaskHeader::kScheduled) == 0;
    if (!is_plain) [[unlikely]]
      return nullptr;
    TaskHeader& next = queue_.peek_rotated(task);
    // Read before the task's own are written: it may be the next itself.
    const TaskHeader::Flags flags = next.flags_;
    if (needs_attention(flags) || !is_wanted(next)) [[unlikely]]
      return nullptr;
    queue_.rotate();
    task.flags_ |= TaskHeader::kScheduled;
    mark_running(next, flags);
    end_streaks();
    return &next;
  }

  /// The same where the running task has ended, or is not to run any more: with several workers
  /// control goes on from there alone, for a task that parks may be taken by another worker once it
  /// is left.
  [[nodiscard, gnu::always_inline]] inline TaskHeader* next_task_at_end() noexcept {
    if (polls_ == turn_end_) [[unlikely]]
      return owner_ != this || workers_ != nullptr ? next_shared_at_end() : nullptr;
    return pop_ready();
  }

  [[nodiscard]] TaskHeader* running() const noexcept { return running_; }

  /// Where the running task can run what next_task() would give on top of itself, since that has
  /// not begun: that, marked as running. Null: it has to park. Then go_back_to() the task, or
  /// go_back_from_parked() where the other one has not come to its end. Hot path, guarded by the
  /// `fib` workload.
  [[nodiscard, gnu::always_inline]] inline TaskHeader* begin_new() noexcept {
    if (owner_ != this) return begin_new_shared();
    if (polls_ == turn_end_ || !is_new_next()) return nullptr;
    TaskHeader* const task = take_new();
    const TaskHeader::Flags flags = task->flags_;
    if (needs_attention(flags)) [[unlikely]] {
      fresh_.push(task);
      return nullptr;
    }
    mark_running(*task, flags);
    return task;
  }
  void go_back_to(TaskHeader& task) noexcept {
    running_ = &task;
    task_budget_ = kTaskBudget;
  }
  void go_back_from_parked(TaskHeader& task) noexcept {
    if (owner_ != this) leave_shared();
    go_back_to(task);
  }

  // ---- for the leaf futures, on the worker's thread ----

  /// Puts a task that runs behind all that are ready: what yield_now does.
  void defer(TaskHeader& task) noexcept {
    if (owner_ != this) [[unlikely]]
      return defer_shared(task);
    defer_own(task);
  }
  /// The same with one worker.
  void defer_own(TaskHeader& task) noexcept {
    if ((task.flags_ & TaskHeader::kScheduled) != 0) return;
    task.flags_ |= TaskHeader::kScheduled;
    if (!fresh_.empty()) [[unlikely]]
      queue_fresh();
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
    // Each of its operations may have been a system call: the clock is looked at sooner.
    turn_end_ = turn_end_ - polls_ > kGreedyCost ? turn_end_ - kGreedyCost : polls_;
    defer(task);
    return false;
  }

  [[nodiscard]] Reactor& reactor() noexcept { return *reactor_; }
  /// The network in memory; null where it is the kernel's.
  [[nodiscard]] VirtualNetwork* network() const noexcept { return network_.get(); }
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
  /// Writes all tasks to standard error soon: where several workers are, on this thread at once.
  /// Any thread.
  void request_dump() noexcept;
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
  static constexpr std::uint32_t kGreedyCost = 32;   // tasks for which one counts that used them up
  static constexpr std::uint32_t kLifoStreak = 3;    // wins of the LIFO slot in a row
  static constexpr std::uint32_t kFreshStreak = 16;  // and of the tasks that have not begun
  // Turns between two times that the oldest of these joins the queue. Many, for it may be the root
  // of a large tree, and each such tree adds to those that are gone through side by side.
  static constexpr std::uint32_t kTurnsToAge = 16;
  // Up to so many tasks lie in a core's own cache (some hundred bytes each), where a prefetch costs
  // more instructions than it saves cycles.
  static constexpr std::uint64_t kTasksInCache = 2'048;
  static constexpr std::size_t kRoom = 64;                  // made at least, so that it is seldom
  static constexpr Nanoseconds kReactorInterval = 100'000;  // between looks at epoll while busy

  // A task that is complete or to be cancelled is left to the loop, which runs on the worker's
  // stack.
  [[nodiscard, gnu::always_inline]] inline TaskHeader* pop_ready() noexcept {
    TaskHeader* const task = take_ready();
    return task != nullptr ? begin(*task) : nullptr;
  }

  // The one whose turn it is, out of its queue; null: none is ready.
  [[nodiscard, gnu::always_inline]] inline TaskHeader* take_ready() noexcept {
    if (lifo_ != nullptr && lifo_streak_ < kLifoStreak) {
      ++lifo_streak_;
      return std::exchange(lifo_, nullptr);
    }
    if (is_new_turn()) return take_new();
    if (!queue_.empty()) return take_queued();
    return std::exchange(lifo_, nullptr);
  }

  // Whether those that have not begun have their turn, but for lifo_.
  [[nodiscard]] bool is_new_turn() const noexcept {
    return !fresh_.empty() && (fresh_streak_ < kFreshStreak || queue_.empty());
  }
  [[nodiscard]] bool is_new_next() const noexcept { return lifo_ == nullptr && is_new_turn(); }

  [[nodiscard]] TaskHeader* take_new() noexcept {
    ++fresh_streak_;
    lifo_streak_ = 0;
    return fresh_.pop_newest();
  }

  [[nodiscard, gnu::always_inline]] inline TaskHeader* take_queued() noexcept {
    end_streaks();
    if (has_many_tasks()) [[unlikely]]
      queue_.prefetch();
    return queue_.pop();
  }

  void end_streaks() noexcept {
    lifo_streak_ = 0;
    fresh_streak_ = 0;
  }

  [[nodiscard, gnu::always_inline]] inline TaskHeader* begin(TaskHeader& task) noexcept {
    const TaskHeader::Flags flags = task.flags_;
    if (needs_attention(flags)) [[unlikely]] {
      attention_ = &task;
      return nullptr;
    }
    mark_running(task, flags);
    return &task;
  }

  [[nodiscard]] static bool needs_attention(TaskHeader::Flags flags) noexcept {
    return (flags & (TaskHeader::kComplete | TaskHeader::kToCancel)) != 0;
  }

  // `flags` are its own.
  void mark_running(TaskHeader& task, TaskHeader::Flags flags) noexcept {
    task.flags_ = flags & ~TaskHeader::kScheduled;
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

  // A task's child has ended, which may not be running any more: the task runs next, before those
  // that have not begun, which are nearer to the root of a tree.
  void schedule_joiner(TaskHeader& task) noexcept {
    if ((task.flags_ & (TaskHeader::kScheduled | TaskHeader::kComplete)) != 0) return;
    task.flags_ |= TaskHeader::kScheduled;
    if (lifo_ != nullptr) queue_.push(lifo_);
    lifo_ = &task;
  }

  /// In the queues, for `tasks` more besides those promised. Throws std::bad_alloc.
  void make_room(std::size_t tasks);
  void run_turn(const TaskHeader& root) noexcept;
  void run_turn_singly(const TaskHeader& root) noexcept;
  void draw_next() noexcept;
  void trace_spawned(const TaskHeader& task) noexcept;
  void trace_ended(const TaskHeader& task) noexcept;
  void trace_woken() noexcept;
  void forget_queued() noexcept;
  [[nodiscard]] static std::uint64_t count_polls(const Executor& executor) noexcept;
  void write_tasks() const noexcept;
  void write_metrics() const noexcept;
  [[nodiscard]] static bool is_asleep(const Executor& executor) noexcept;
  [[nodiscard]] std::uint64_t ready() const noexcept {
    return queue_.size() + fresh_.size() + (lifo_ != nullptr ? 1 : 0);
  }
  void queue_fresh() noexcept;
  void reserve_slow();
  void admit_own(TaskHeader& task) noexcept;
  void admit_slow(TaskHeader& task) noexcept;
  /// How many are reserved, and not admitted yet.
  [[nodiscard]] std::uint64_t promised() const noexcept {
    return reserved_ - (spawned_ - spawned_outside_);
  }
  // With several workers.
  void defer_shared(TaskHeader& task) noexcept;
  [[nodiscard]] static TaskHeader* next_shared_at_end() noexcept;
  [[nodiscard]] TaskHeader* begin_new_shared() noexcept;
  void leave_shared() noexcept;
  void attend(TaskHeader& task) noexcept;
  void on_complete(TaskHeader& task) noexcept;
  [[nodiscard]] bool has_ready() const noexcept {
    return !queue_.empty() || !fresh_.empty() || lifo_ != nullptr;
  }
  void cancel_parked(TaskHeader& task) noexcept;
  bool drain_inbox() noexcept;
  void push_inbox(TaskHeader& task) noexcept;
  void poll_events();
  void park(Nanoseconds time);
  void advance(Nanoseconds time);
  [[nodiscard]] Nanoseconds next_deadline() const noexcept;
  [[nodiscard]] std::vector<TaskRef> shared_tasks() const;
  [[nodiscard]] bool has_blocking_work() const noexcept;
  static void prepare_to_count_threads();
  void enlist();
  void delist() noexcept;
  /// Whether no thread but `own` of this runtime and its idle ones for blocking work could wake a
  /// task.
  [[nodiscard]] bool is_alone(std::size_t own) const noexcept;
  [[nodiscard]] bool is_deadlocked() const noexcept;
  [[noreturn]] void throw_deadlock() const;

  // Hot, together: what a switch from task to task touches, and a spawn, and an end.
  RunQueue queue_;  // woken
  RunQueue fresh_;  // spawned, not begun
  TaskHeader* lifo_ = nullptr;
  TaskHeader* running_ = nullptr;
  TaskHeader* attention_ = nullptr;
  // Eight bytes, which most switches write as one.
  std::uint32_t task_budget_ = 0;
  std::uint16_t lifo_streak_ = 0;
  std::uint16_t fresh_streak_ = 0;
  std::uint64_t polls_ = 0;
  std::uint64_t turn_end_ = 0;  // what polls_ is when the turn's budget is used up
  TaskHeader* live_ = nullptr;
  std::uint64_t alive_ = 0;
  std::uint64_t spawned_ = 0;
  // Tasks that are admitted on this thread or about to be: making one may call the user's function,
  // which may spawn. And how many they may be before the queues are looked at.
  std::uint64_t reserved_ = 0;
  std::uint64_t reservable_ = 0;
  Executor* owner_ = this;
  bool is_plain_ = false;  // runs all tasks of a runtime that nobody traces
  std::uint32_t turns_to_age_ = kTurnsToAge;

  TimerWheel timers_;
  std::shared_ptr<Reactor> reactor_;
  std::shared_ptr<VirtualNetwork> network_;
  Clock clock_;
  std::optional<SeededRandom> random_;  // deterministic mode
  Nanoseconds virtual_now_ = 0;
  Nanoseconds last_reactor_turn_ = 0;

  const TaskHeader* root_ = nullptr;
  std::uint64_t queued_complete_ = 0;  // tasks that ended while they were in the run queue
  // Of spawned_ by other threads, of a worker; and tasks that are about to be.
  std::uint64_t spawned_outside_ = 0;
  std::uint64_t promised_outside_ = 0;
  std::uint64_t parks_ = 0;
  std::uint64_t attended_ = 0;  // tasks that came out of the queue and were not resumed
  std::uint64_t remote_wakes_ = 0;
  std::uint64_t late_arrivals_ =
      0;  // complete tasks that another thread is still putting in the inbox

  // Tasks woken from other threads, last first; kAsleep while the worker waits in the reactor, so
  // that the thread that pushes onto an empty inbox knows whether it must notify.
  alignas(64) Atomic<TaskHeader*> inbox_{nullptr};

  Atomic<bool> dump_requested_{false};
  bool writes_metrics_ = false;
  Tracer* tracer_ = nullptr;
  // What the tracer knows to be ready.
  std::size_t traced_queue_ = 0;
  std::uint64_t traced_spawned_ = 0;
  const TaskHeader* traced_lifo_ = nullptr;
  RuntimeOptions options_;
  std::unique_ptr<BlockingPool> blocking_pool_;
  Executor* next_runtime_ = nullptr;  // see twofold_first_runtime
  std::unique_ptr<Workers> workers_;  // last: its threads use all of the above
};

inline TaskHeader::TaskHeader(const TaskOps& ops, Executor& executor) noexcept
    : executor_(static_cast<const ExecutorIndex&>(executor).value),
      ops_(reinterpret_cast<std::uintptr_t>(&ops)),
      shared_(executor.workers() != nullptr ? kShared | kAtHome : 0) {}

[[gnu::always_inline]] inline void Executor::admit(TaskHeader& task) noexcept {
  is_plain_ ? admit_own(task) : admit_slow(task);
}

[[gnu::always_inline]] inline void Executor::admit_own(TaskHeader& task) noexcept {
  ++alive_;
  task.set_id(++spawned_);
  task.live_next_ = live_;
  if (live_ != nullptr) live_->live_previous_ = &task;
  live_ = &task;
  task.flags_ |= TaskHeader::kScheduled;
  fresh_.push(&task);
}

inline void Executor::on_complete(TaskHeader& task) noexcept {
  if (!is_plain_) [[unlikely]]
    trace_ended(task);
  if (task.live_next_ != nullptr) task.live_next_->live_previous_ = task.live_previous_;
  (task.live_previous_ != nullptr ? task.live_previous_->live_next_ : live_) = task.live_next_;
  --alive_;
  if ((task.flags_ & TaskHeader::kScheduled) != 0) ++queued_complete_;
  if (running_ == &task) running_ = nullptr;
  if (root_ == &task) {
    root_ = nullptr;
    turn_end_ = polls_;  // back to the loop, which returns
  }
}

[[gnu::always_inline]] inline bool TaskHeader::complete() noexcept {
  std::uint64_t before = shared_.load(std::memory_order_acquire);
  if ((before & kShared) != 0) return complete_shared();
  const Flags flags = flags_;
  const bool queued = (flags & kScheduled) != 0;  // the queue keeps a reference until it is popped
  flags_ = (flags & (kScheduled | kJoined)) | kComplete;
  Executor& executor = this->executor();
  executor.on_complete(*this);

  const std::uint64_t own = local_ / kLocalReference - 1 + (queued ? 1 : 0);
  // All references were the owner's, and this was the last: nobody is left to tell.
  if (own == 0 && before == 0) return true;
  // Read before the end is published, since then the task may go; ours unless somebody joined
  // elsewhere.
  TaskHeader* joiner = nullptr;
  if ((flags & kJoined) != 0) {
    joiner = joiner_.load(std::memory_order_relaxed);
    flags_ |= kJoinerTaken;
  }
  const std::uint64_t after = kDone + own * kReference;
  if (before == 0 && is_single_threaded()) {
    shared_.store(after, std::memory_order_relaxed);
    // Release: pairs with the acquire in is_done() and poll_join(); publishes the result.
  } else if (before != 0 ||
             !shared_.compare_exchange_strong(before, after, std::memory_order_acq_rel,
                                              std::memory_order_relaxed)) [[unlikely]] {
    return publish_end(own, joiner);
  }
  if (joiner != nullptr) executor.schedule_joiner(*TaskRef::adopt(*joiner).get());
  return false;
}

inline void prefetch_header(const TaskHeader* task) noexcept {
  // As a number: the pointer may be null, or to a task that is gone.
  const auto end = reinterpret_cast<std::uintptr_t>(task) + sizeof(TaskHeader);
  __builtin_prefetch(reinterpret_cast<const void*>(end - sizeof(std::uint64_t)));
}
inline void prefetch_frame(const TaskHeader& task) noexcept {
  __builtin_prefetch(*reinterpret_cast<const void* const*>(&task + 1));
}

// ---- for the leaf futures: `task` is the running task of this thread ----

/// See Executor::cooperate.
[[nodiscard]] inline bool cooperate(TaskHeader& task) noexcept {
  return current_executor()->cooperate(task);
}
/// See Executor::defer.
inline void defer(TaskHeader& task) noexcept { current_executor()->defer(task); }

extern "C" {
/// All runtimes of the process, for debuggers (scripts/twofold-gdb.py).
extern constinit Executor* twofold_first_runtime;
}

/// Writes every live task: its id, its name, what it waits for, the functions it is suspended in.
void dump_tasks(const Executor& executor, std::ostream& to);

}  // namespace detail
}  // namespace twofold
