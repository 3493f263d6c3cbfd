// Worker: what one worker does with its tasks.
#include "twofold/executor/worker.hpp"

#include "twofold/debug/watcher.hpp"
#include "twofold/executor/workers.hpp"

namespace twofold::detail {

Worker::Worker(Executor& owner, Workers& workers, std::uint32_t index,
               std::uint32_t count_of_workers)
    : Executor(owner, OneOfSeveral{}),
      lock_(owner.options_.tracer != nullptr || !has_heavy_fence()),
      workers_(workers),
      index_(index),
      home_(index << TaskHeader::kHomeShift),
      count_of_workers_(count_of_workers),
      last_id_(std::uint64_t{0} - index),  // the first is then at least 1
      told_(owner.options_.tracer),
      random_(0x9e3779b97f4a7c15 * (index + 1)) {}

void Worker::run() noexcept {
  current_executor() = this;
  const RuntimeOptions& options = workers_.owner_.options_;
  const StallWatch watch({.thread = ::pthread_self(),
                          .executor = this,
                          .polls = &Worker::count_polls,
                          .is_asleep = &is_asleep,
                          .threshold = options.stall_threshold,
                          .report = options.on_stall});
  do {
    run_ready();
  } while (search() || workers_.sleep(*this));
}

bool Worker::is_asleep(const Executor& executor) noexcept {
  const auto& worker = static_cast<const Worker&>(executor);
  const std::uint32_t place = worker.parker_.word().load(std::memory_order_relaxed);
  return place == Parker<>::kInReactor || place == Parker<>::kOnFutex;
}

// As another thread sees it: any number that it was, or one that lies between two of them. See
// Executor::count_polls().
#if defined(__clang__) || defined(__SANITIZE_THREAD__)
__attribute__((no_sanitize("thread")))
#endif
std::uint64_t
Worker::count_polls(const Executor& executor) noexcept {
  const auto& worker = static_cast<const Worker&>(executor);
  return Executor::count_polls(worker) -
         *static_cast<const volatile std::uint32_t*>(&worker.ticks_);
}

// Until nothing is ready here. Hot path, guarded by the `skynet` workload with two workers.
void Worker::run_ready() noexcept {
  for (;;) {
    if (ticks_ == 0) look_around();
    if (inbox_.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
      empty_inbox();
    TaskHeader* task = nullptr;
    std::uint32_t flags = 0;
    {
      const Here here(lock_);
      leave_task();
      task = attention_ != nullptr ? std::exchange(attention_, nullptr) : take_ready();
      if (task == nullptr) return;
      flags = task->flags() & ~TaskHeader::kScheduled;
      if ((flags & TaskHeader::kComplete) == 0) [[likely]] {
        running_ = task;
        flags |= TaskHeader::kRunning;
        --ticks_;
      } else {
        --queued_complete_;
        ++attended_;
      }
      task->set_flags(flags);
    }
    if (is_searching_) [[unlikely]]
      stop_searching();
    task_budget_ = kTaskBudget;
    if (told_ != nullptr) [[unlikely]] {
      run_told(*task, flags);
    } else if ((flags & (TaskHeader::kComplete | TaskHeader::kToCancel)) == 0) [[likely]] {
      task->ops().resume(*task);
    } else {
      attend_to(*task, flags);
    }
  }
}

// It is complete, or to be cancelled.
void Worker::attend_to(TaskHeader& task, std::uint32_t flags) noexcept {
  (flags & TaskHeader::kComplete) != 0 ? task.release() : task.ops().cancel(task);
}

void Worker::run_told(TaskHeader& task, std::uint32_t flags) noexcept {
  if ((flags & TaskHeader::kComplete) != 0) return task.release();
  told_->running({.task = task.id(), .name = task.name(), .worker = index_});
  (flags & TaskHeader::kToCancel) != 0 ? task.ops().cancel(task) : task.ops().resume(task);
  if (running_ == nullptr) return;  // it is complete, and may be gone
  told_->parked({.task = task.id(), .name = task.name(), .worker = index_});
}

// Now and then, while there are tasks to run.
void Worker::look_around() noexcept {
  {
    const Here here(lock_);
    ticks_ = kTicksBetweenLooks;
    polls_ += kTicksBetweenLooks;
    turn_end_ = polls_;  // a worker has no turns
  }
  workers_.look_at_events(*this);
  if (std::exchange(yields_, 0) > kTicksBetweenLooks / 2) even_out();
  if (--looks_to_age_ == 0) {
    looks_to_age_ = kLooksToAge;
    const Here here(lock_);
    if (!fresh_.empty()) queue_.push(fresh_.pop());
  }
}

// Ready, behind all others.
void Worker::enqueue(TaskHeader& task, std::uint32_t flags) noexcept {
  task.set_flags(flags | TaskHeader::kScheduled);
  if ((flags & TaskHeader::kHeld) != 0) return;  // let_go() does it
  if ((flags & TaskHeader::kRunning) != 0) is_queued_again_.store(true, std::memory_order_relaxed);
  queue_.push(&task);
}

// What the reactor wakes comes in order; what a task wakes runs next: its data are warm. True:
// there is more for others to take.
bool Worker::make_ready(TaskHeader& task, std::uint32_t flags) noexcept {
  if (running_ != nullptr && !is_in_turn_) return make_next(task, flags);
  enqueue(task, flags);
  return !is_in_turn_;
}

// ---- waking, on its own thread ----

// The running task lets all that are ready run first, those that have not begun included. Nobody is
// woken for it: this worker would come to it next, were there no others.
void Worker::defer_running(TaskHeader& task) noexcept {
  ++yields_;
  const Here here(lock_);
  const std::uint32_t flags = task.flags();
  if ((flags & TaskHeader::kScheduled) != 0) return;
  if (!fresh_.empty()) queue_fresh();
  enqueue(task, flags);
}

void Worker::wake(TaskHeader& task) noexcept {
  bool is_here = false;
  bool is_new = false;
  bool has_more = false;
  {
    const Here here(lock_);
    std::uint32_t flags = task.flags();
    is_here = flags >> TaskHeader::kHomeShift == index_;
    if (is_here && (flags & TaskHeader::kComplete) == 0) {
      if (task.cancel_requested()) flags |= TaskHeader::kToCancel;
      is_new = (flags & TaskHeader::kScheduled) == 0;
      if (is_new) {
        has_more = make_ready(task, flags);
      } else {
        task.set_flags(flags);
      }
    }
  }
  if (!is_here && !pull(task)) return task.wake_elsewhere();
  if (is_new) workers_.trace_woken(task, this);
  if (has_more) workers_.wake_for_more();
}

bool Worker::join(TaskHeader& task, TaskHeader& waiter) noexcept {
  TaskRef before;  // dropped after the lock
  // Before the lock, which acquire() would take.
  waiter.leave_home();
  const Here here(lock_);
  // Only its own worker completes it.
  const std::uint32_t flags = task.flags();
  if (flags >> TaskHeader::kHomeShift != index_) return false;
  const std::uint64_t state = task.shared_.load(std::memory_order_acquire);
  if ((state & TaskHeader::kDone) != 0) return true;
  if ((state & TaskHeader::kForeignJoin) != 0) return false;
  task.set_flags(flags | TaskHeader::kJoined);
  TaskHeader* const joiner = task.joiner_.load(std::memory_order_relaxed);
  if (joiner == &waiter) return true;
  waiter.acquire();
  task.joiner_.store(&waiter, std::memory_order_relaxed);
  if (joiner != nullptr) before = TaskRef::adopt(*joiner);
  return true;
}

bool Worker::release(TaskHeader& task) noexcept {
  const Here here(lock_);
  const std::uint32_t flags = task.flags();
  if (flags >> TaskHeader::kHomeShift != index_ || (flags & TaskHeader::kComplete) != 0) {
    return false;
  }
  task.release_here();  // the executor has one until complete()
  return true;
}

// Where the worker of `task` sleeps, it comes here, which is cheaper than to wake that one. False:
// nothing has been done.
bool Worker::pull(TaskHeader& task) noexcept {
  Worker& home = workers_.home_of(task);
  if (&home == this || home.lock_.is_present() || !has_room(1)) return false;
  if (!home.lock_.try_claim_absent()) return false;
  std::uint32_t flags = task.flags();
  const bool was_there = flags >> TaskHeader::kHomeShift == home.index_;
  bool has_come = false;
  if (was_there && (flags & TaskHeader::kComplete) == 0) {
    if (task.cancel_requested()) flags |= TaskHeader::kToCancel;
    has_come = (flags & (TaskHeader::kScheduled | TaskHeader::kHeld)) == 0;
    if (has_come) home.unlist(task);
    task.let_others_touch();
    // On its way it is nowhere to be found but by its home.
    const std::uint32_t there = has_come ? index_ : home.index_;
    task.set_flags((flags & ~TaskHeader::kHome) | TaskHeader::kScheduled |
                   there << TaskHeader::kHomeShift);
  }
  home.lock_.release();
  if (!has_come) return was_there;
  bool has_more = false;
  {
    const Here here(lock_);
    --reservable_;
    list(task, task.flags());
    has_more = make_ready(task, task.flags());
  }
  workers_.trace_woken(task, this);
  if (has_more) workers_.wake_for_more();
  return true;
}

// ---- the end of a task that is known elsewhere (TaskHeader::complete_shared) ----

// Gives what task.shared_ was; it was `before` when last seen. Where somebody waits elsewhere
// (kJoinWaker) the task keeps a reference for finish_end().
std::uint64_t Worker::publish_end(TaskHeader& task, std::uint64_t own,
                                  std::uint64_t before) noexcept {
  std::uint64_t after = 0;
  do {
    const std::uint64_t references = own + ((before & TaskHeader::kJoinWaker) != 0 ? 1 : 0);
    after = (before | TaskHeader::kDone) + references * TaskHeader::kReference;
    // Release: pairs with the acquire in is_done() and poll_join(); publishes the result.
  } while (!task.shared_.compare_exchange_weak(before, after, std::memory_order_acq_rel,
                                               std::memory_order_acquire));
  if ((before & TaskHeader::kRemoteWoken) != 0) {
    workers_.late_.fetch_add(1, std::memory_order_relaxed);
  }
  return before;
}

// Whether nobody refers to the task any more, which may be gone already where nobody waits
// elsewhere.
bool Worker::finish_end(TaskHeader& task, std::uint64_t own, std::uint64_t before) noexcept {
  bool is_last =
      ((before | TaskHeader::kDone) + own * TaskHeader::kReference) / TaskHeader::kReference == 0;
  if ((before & TaskHeader::kJoinWaker) != 0) {
    // The slot is ours, and so is a reference.
    TaskHeader* const joiner = task.joiner_.load(std::memory_order_relaxed);
    task.joiner_.store(nullptr, std::memory_order_relaxed);
    TaskRef::adopt(*joiner).wake();
    is_last = (task.shared_.fetch_sub(TaskHeader::kReference, std::memory_order_acq_rel) /
               TaskHeader::kReference) == 1;
  }
  if ((before & TaskHeader::kRoot) != 0 || workers_.is_closing_.load(std::memory_order_acquire)) {
    workers_.announce_root();
  }
  return is_last;
}

// ---- the inbox: wakes from other threads ----

void Worker::push_inbox(TaskHeader& task) noexcept {
  TaskHeader* head = inbox_.load(std::memory_order_relaxed);
  do {
    task.inbox_next_ = head;
    // Release: who empties the inbox sees inbox_next_ and what the waker did. Sequentially
    // consistent besides: with is_present() in Workers::call(), against go_absent() and the look at
    // the inbox in Workers::sleep().
  } while (!inbox_.compare_exchange_weak(head, &task, std::memory_order_seq_cst,
                                         std::memory_order_relaxed));
}

void Worker::empty_inbox() noexcept {
  TaskHeader* rest = nullptr;
  {
    const Here here(lock_);
    rest = sort_inbox();
  }
  workers_.settle(rest);
}

// With the lock: what was woken is ready. Gives the others, linked.
TaskHeader* Worker::sort_inbox() noexcept {
  TaskHeader* newest = inbox_.exchange(nullptr, std::memory_order_acq_rel);
  TaskHeader* oldest = nullptr;
  while (newest != nullptr) {
    TaskHeader* const task = newest;
    newest = std::exchange(task->inbox_next_, oldest);
    oldest = task;
  }
  TaskHeader* rest = nullptr;
  while (oldest != nullptr) {
    TaskHeader& task = *oldest;
    oldest = task.inbox_next_;
    std::uint32_t flags = task.flags();
    if (flags >> TaskHeader::kHomeShift != index_ || (flags & TaskHeader::kComplete) != 0) {
      task.inbox_next_ = std::exchange(rest, &task);
      continue;
    }
    ++remote_wakes_;
    // It is out of the inbox before it is ready: a thread that wakes again from now on puts it here
    // again. Acquire: the writes of all wakers. Not the last reference, for it is not complete.
    const std::uint64_t before = task.shared_.fetch_sub(
        TaskHeader::kReference + TaskHeader::kRemoteWoken, std::memory_order_acq_rel);
    if ((before & TaskHeader::kCancelRequested) != 0) flags |= TaskHeader::kToCancel;
    if ((flags & TaskHeader::kScheduled) != 0) {
      task.set_flags(flags);
    } else {
      enqueue(task, flags);
    }
  }
  return rest;
}

}  // namespace twofold::detail
