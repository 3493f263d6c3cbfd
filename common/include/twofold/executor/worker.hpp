// Worker: one of the threads of a runtime with several, and the tasks that are at home on it.
//
// Made by Workers. It is an executor like that of one worker, with the same queues and the same
// order, and differs in that others may look in: all that belongs to it, its tasks' headers
// included, is guarded by its OwnerLock, which its own thread takes and gives back around each
// operation without an atomic read-modify-write (Here). While a task runs the lock is free. So a
// worker without work takes what is ready from another one whenever it likes (steal_from()), and a
// task that never awaits delays none but itself.
//
// A task that is ready is moved by whoever takes it, with the lock of the worker that it leaves;
// one that is parked, by who wakes it while its worker sleeps (pull()). A wake for a task of a
// worker that is awake goes to that one's inbox. The running task is never moved, though it may be
// in the queue already.
//
// The lock is held for a few dozen instructions; nothing of the user's runs under it, and no other
// worker's lock is taken.
#pragma once

#include <cstdint>

#include "twofold/detail/atomic.hpp"
#include "twofold/detail/os_thread.hpp"
#include "twofold/detail/owner_lock.hpp"
#include "twofold/executor/executor.hpp"
#include "twofold/executor/parker.hpp"

namespace twofold::detail {

class Workers;

class Worker final : public Executor {
 public:
  Worker(Executor& owner, Workers& workers, std::uint32_t index, std::uint32_t count_of_workers);
  ~Worker() = default;

 private:
  friend class AtHome;
  friend class Executor;
  friend class TaskHeader;
  friend class Workers;
  using Here = Inside<OwnerLock<>>;

  static constexpr std::uint32_t kTicksBetweenLooks = 64;  // tasks between looks at what is shared
  static constexpr std::uint32_t kLooksToAge = 64;         // see Executor::kTurnsToAge
  static constexpr std::uint32_t kLooksToTrade = 32;       // see even_out()
  static constexpr std::uint32_t kMostTaken = 64;          // tasks that are taken at a time

  /// What a thief gets.
  struct Taken {
    TaskHeader* tasks[kMostTaken];
    std::uint32_t count = 0;
    bool are_fresh = false;
    TaskHeader* ended[kMostTaken];  // only to be let go
    std::uint32_t ended_count = 0;
  };

  // How long a worker looks for work before it goes to sleep: some microseconds.
  static constexpr std::uint32_t kSearchRounds = 32;
  static constexpr std::uint32_t kPausesBetweenRounds = 8;

  // ---- its own thread ----
  void run() noexcept;
  void run_ready() noexcept;
  static void attend_to(TaskHeader& task, std::uint32_t flags) noexcept;
  void run_told(TaskHeader& task, std::uint32_t flags) noexcept;
  [[nodiscard]] TaskHeader* take_at_end() noexcept;
  [[nodiscard]] TaskHeader* take_at_end_slowly() noexcept;
  [[nodiscard]] TaskHeader* begin_new_on_top() noexcept;
  [[nodiscard]] TaskHeader* begin_new_slowly() noexcept;
  void leave_parked() noexcept;
  [[nodiscard]] bool is_to_go_back() const noexcept;
  void look_around() noexcept;
  /// Times that a task was resumed. On this thread, or with its lock.
  [[nodiscard]] std::uint64_t polls() const noexcept {
    return polls_ + (kTicksBetweenLooks - ticks_);
  }
  [[nodiscard]] static std::uint64_t count_polls(const Executor& executor) noexcept;
  void even_out() noexcept;
  void stop_searching() noexcept;
  [[nodiscard]] bool search() noexcept;
  [[nodiscard]] bool steal_from(Worker& victim) noexcept;
  /// make_room(), where there is not enough.
  void reserve_room(std::size_t tasks);
  [[nodiscard]] bool has_room(std::size_t tasks) noexcept;
  /// It was spawned on this thread.
  void admit_here(TaskHeader& task) noexcept;
  void admit_slowly(TaskHeader& task) noexcept;
  void defer_running(TaskHeader& task) noexcept;
  /// A task of this runtime, at home anywhere, was woken on this thread.
  void wake(TaskHeader& task) noexcept;
  /// The running task waits for the end of `task`. False: that is not at home here, or somebody
  /// has joined it from elsewhere.
  [[nodiscard]] bool join(TaskHeader& task, TaskHeader& waiter) noexcept;
  /// Gives up a reference to a task. False: it is not at home here, or is complete.
  [[nodiscard]] bool release(TaskHeader& task) noexcept;
  [[nodiscard]] bool pull(TaskHeader& task) noexcept;
  void empty_inbox() noexcept;
  [[nodiscard]] bool finish_end(TaskHeader& task, std::uint64_t own, std::uint64_t before) noexcept;

  // ---- with the lock ----
  void begin_in_place(TaskHeader& task, std::uint32_t flags) noexcept;
  [[nodiscard]] TaskHeader* take_at_end_inside() noexcept;
  [[nodiscard]] TaskHeader* begin_new_inside() noexcept;
  void leave_task() noexcept;
  [[nodiscard]] std::uint64_t new_id() noexcept;
  void enter_new(TaskHeader& task) noexcept;
  void list(TaskHeader& task, std::uint32_t flags) noexcept;
  void list_plain(TaskHeader& task, std::uint32_t flags) noexcept;
  void unlist(TaskHeader& task) noexcept;
  void strike_off(TaskHeader& task) noexcept;
  [[nodiscard]] bool make_ready(TaskHeader& task, std::uint32_t flags) noexcept;
  [[nodiscard]] bool make_next(TaskHeader& task, std::uint32_t flags) noexcept;
  [[nodiscard]] bool take_over_join(TaskHeader& joiner, bool& has_more) noexcept;
  [[nodiscard]] std::uint64_t publish_end(TaskHeader& task, std::uint64_t own,
                                          std::uint64_t before) noexcept;
  /// What is not for this worker any more, or complete, to be given to Workers::settle().
  [[nodiscard]] TaskHeader* sort_inbox() noexcept;
  void enqueue(TaskHeader& task, std::uint32_t flags) noexcept;
  void give_some(const Worker& thief, Taken& taken) noexcept;

  // ---- any thread ----
  void push_inbox(TaskHeader& task) noexcept;
  /// What others could take, more or less.
  [[nodiscard]] std::size_t glance(bool is_impatient) const noexcept;
  [[nodiscard]] bool has_anything() const noexcept;
  [[nodiscard]] static bool is_asleep(const Executor& executor) noexcept;

  OwnerLock<> lock_;
  Workers& workers_;
  const std::uint32_t index_;
  const std::uint32_t home_;  // as the flags of a task give it
  const std::uint64_t count_of_workers_;
  std::uint64_t last_id_;
  // The runtime's tracer; a worker's own tracer_ is not set. Where there is one, or the worker is
  // closing, the lock is slowed down: so the usual ways, by try_enter(), need not look for either.
  Tracer* const told_;
  bool is_closing_ = false;  // tasks are cancelled as they come
  bool is_searching_ = false;
  bool has_run_ = false;       // a task, since it slept
  bool is_in_turn_ = false;    // wakes come from the reactor and the timers
  bool is_impatient_ = false;  // others have been running for long: takes what they woke last, too
  std::uint32_t ticks_ = kTicksBetweenLooks;  // tasks until the next look
  std::uint32_t looks_to_age_ = kLooksToAge;
  std::uint32_t evened_out_ = 0;
  std::uint32_t yields_ = 0;  // since the last look at what is shared
  std::uint64_t ended_ = 0;
  Atomic<bool> is_queued_again_{false};  // the running task is in the queue, where nobody takes it
  std::uint64_t random_;
  Parker<> parker_;

  // Written by this thread, read by any.
  Atomic<std::uint64_t> slept_{0};
  Atomic<std::uint64_t> steals_{0};

  OsThread thread_;
};

/// The lock of the worker that `task` is at home on, for any thread, for as long as this lives.
class [[nodiscard]] AtHome {
 public:
  AtHome(Workers& workers, TaskHeader& task) noexcept;
  /// Of that worker.
  AtHome(const Workers& workers, Worker& worker) noexcept;
  ~AtHome();
  AtHome(const AtHome&) = delete;
  AtHome& operator=(const AtHome&) = delete;

  [[nodiscard]] Worker& worker() const noexcept { return *worker_; }

 private:
  void lock(const Workers& workers) noexcept;
  void unlock() noexcept;

  Worker* worker_;
  bool is_own_ = false;  // this thread is the worker's
};

// ---- hot paths, with the lock ----

// The task that ran here has been left for good: nobody is in its frames or on its stack any more.
inline void Worker::leave_task() noexcept {
  TaskHeader* const task = std::exchange(running_, nullptr);
  if (task == nullptr) return;  // it is complete, and may be gone
  task->set_flags(task->flags() & ~TaskHeader::kRunning);
  if (is_queued_again_.load(std::memory_order_relaxed)) [[unlikely]]
    is_queued_again_.store(false, std::memory_order_relaxed);
}

inline void Worker::list(TaskHeader& task, std::uint32_t flags) noexcept {
  // A task that cancel_all() does not find here comes later.
  if (is_closing_) [[unlikely]] {
    task.shared_.fetch_or(TaskHeader::kCancelRequested, std::memory_order_relaxed);
    flags |= TaskHeader::kToCancel;
  }
  list_plain(task, flags);
}

inline void Worker::list_plain(TaskHeader& task, std::uint32_t flags) noexcept {
  task.set_flags((flags & ~TaskHeader::kHome) | home_);
  ++alive_;
  task.live_previous_ = nullptr;
  task.live_next_ = live_;
  if (live_ != nullptr) live_->live_previous_ = &task;
  live_ = &task;
}

// A new task is this worker's: its id, unlike any other's, whatever worker that was spawned on.
inline std::uint64_t Worker::new_id() noexcept {
  ++spawned_;
  return last_id_ += count_of_workers_;
}

inline void Worker::enter_new(TaskHeader& task) noexcept {
  task.set_id(new_id());
  list(task, TaskHeader::kScheduled);
}

inline void Worker::unlist(TaskHeader& task) noexcept {
  if (task.live_next_ != nullptr) task.live_next_->live_previous_ = task.live_previous_;
  (task.live_previous_ != nullptr ? task.live_previous_->live_next_ : live_) = task.live_next_;
  --alive_;
}

// It is complete.
inline void Worker::strike_off(TaskHeader& task) noexcept {
  unlist(task);
  ++ended_;
  if (running_ != &task) return;  // another runs already, see take_at_end()
  running_ = nullptr;
  if (is_queued_again_.load(std::memory_order_relaxed)) [[unlikely]]
    is_queued_again_.store(false, std::memory_order_relaxed);
}

// Ready, before all others, as in the one-worker executor. True: what was there before it is in the
// queue now.
inline bool Worker::make_next(TaskHeader& task, std::uint32_t flags) noexcept {
  task.set_flags(flags | TaskHeader::kScheduled);
  if ((flags & TaskHeader::kHeld) != 0) return false;
  TaskHeader* const displaced = std::exchange(lifo_, &task);
  if (displaced == nullptr) return false;
  if (displaced == running_) is_queued_again_.store(true, std::memory_order_relaxed);
  queue_.push(displaced);
  return displaced != running_;
}

// `joiner` waits for the task that has just ended here, and its reference is given up. False: it is
// elsewhere, or complete.
inline bool Worker::take_over_join(TaskHeader& joiner, bool& has_more) noexcept {
  const std::uint32_t flags = joiner.flags();
  if (flags >> TaskHeader::kHomeShift != index_ || (flags & TaskHeader::kComplete) != 0) {
    return false;
  }
  if ((flags & TaskHeader::kScheduled) == 0) has_more = make_next(joiner, flags);
  joiner.release_here();  // the executor has one until complete()
  return true;
}

}  // namespace twofold::detail
