// Workers: admission, sleep and waking, events, the end.
#include "twofold/executor/workers.hpp"

#include <pthread.h>

#include <cassert>
#include <chrono>
#include <sstream>
#include <string>

#include "twofold/detail/futex.hpp"
#include "twofold/detail/heavy_fence.hpp"

namespace twofold::detail {

OsMutex& Workers::outsiders() noexcept {
  static constinit OsMutex lock;
  return lock;
}

Workers::Workers(Executor& owner, std::uint32_t count)
    : owner_(owner), idle_(count), timers_(owner.now()) {
  owner_.reactor().begin_service();
  workers_.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    workers_.push_back(std::make_unique<Worker>(owner, *this, i, count));
  }
  try {
    for (const auto& worker : workers_) {
      worker->thread_ = OsThread([w = worker.get()] { w->run(); });
      // At most 15 characters; where the name is not taken there is none.
      const std::string name = "twofold-" + std::to_string(worker->index_);
      ::pthread_setname_np(worker->thread_.native_handle(), name.substr(0, 15).c_str());
    }
  } catch (...) {
    stop();
    throw;
  }
}

Workers::~Workers() {
  assert(alive() == 0);
  stop();
  owner_.reactor().end_service();
}

void Workers::stop() noexcept {
  is_stopping_.store(true, std::memory_order_seq_cst);
  for (const auto& worker : workers_) unpark(*worker);
  for (const auto& worker : workers_) {
    if (worker->thread_.joinable()) worker->thread_.join();
  }
}

std::uint32_t Workers::lane_of(const Worker* worker) noexcept {
  return worker != nullptr ? worker->index_ : TaskEvent::kNoWorker;
}

// ---- tasks ----

void Workers::reserve_outside() {
  const AtHome here(*this, *workers_.front());
  Worker& worker = here.worker();
  const std::uint64_t spawned_there = worker.spawned_ - worker.spawned_outside_;
  const std::uint64_t room = worker.reservable_ - spawned_there;
  worker.queue_.reserve(worker.alive_ + worker.queued_complete_ + worker.promised_outside_ + room +
                        1);
  ++worker.promised_outside_;
}

void Workers::forgo_outside() noexcept {
  const AtHome here(*this, *workers_.front());
  --here.worker().promised_outside_;
}

void Workers::admit_outside(TaskHeader& task) noexcept {
  Worker& worker = *workers_.front();
  {
    const AtHome here(*this, worker);
    --worker.promised_outside_;
    ++worker.spawned_outside_;
    worker.enter_new(task);
    task.let_others_touch();
    worker.queue_.push(&task);
  }
  if (owner_.tracer_ != nullptr) [[unlikely]] {
    owner_.tracer_->spawned(
        {.task = task.id(), .name = task.name(), .worker = TaskEvent::kNoWorker});
  }
  call(worker);
}

void Workers::deliver(TaskHeader& task) noexcept {
  Worker* const worker = current_worker();
  trace_woken(task, worker);
  std::unique_lock door(door_, std::defer_lock);
  if (worker == nullptr) door.lock();
  // Where it is at home may be another one by now: that is sent on.
  Worker& home = home_of(task);
  home.push_inbox(task);
  call(home);
}

// What came out of an inbox and was not for that worker, or is complete.
void Workers::settle(TaskHeader* from_inbox) noexcept {
  while (from_inbox != nullptr) {
    TaskHeader& task = *std::exchange(from_inbox, from_inbox->inbox_next_);
    if (!task.is_done()) {
      Worker& home = home_of(task);
      home.push_inbox(task);
      call(home);
      continue;
    }
    task.release_shared();
    late_.fetch_sub(1, std::memory_order_acq_rel);
    if (is_closing_.load(std::memory_order_acquire)) announce_root();
  }
}

void Workers::announce_root() noexcept {
  const std::lock_guard held(ended_lock_);
  ended_.notify_all();
}

// ---- the lock of a worker, for any thread ----

AtHome::AtHome(Workers& workers, TaskHeader& task) noexcept : worker_(&workers.home_of(task)) {
  for (;;) {
    lock(workers);
    Worker& home = workers.home_of(task);
    if (&home == worker_) return;  // and it stays
    unlock();
    worker_ = &home;
  }
}

AtHome::AtHome(const Workers& workers, Worker& worker) noexcept : worker_(&worker) {
  lock(workers);
}

AtHome::~AtHome() { unlock(); }

void AtHome::lock(const Workers& workers) noexcept {
  is_own_ = workers.current_worker() == worker_;
  is_own_ ? worker_->lock_.enter() : worker_->lock_.claim();
}

void AtHome::unlock() noexcept { is_own_ ? worker_->lock_.leave() : worker_->lock_.release(); }

// ---- sleep and waking ----

void Workers::wake_one() noexcept {
  const std::uint32_t sleeper = idle_.pick_sleeper();
  if (sleeper != IdleWorkers<>::kNobody) unpark(*workers_[sleeper]);
}

void Workers::wake_for_more_slow() noexcept {
  if (idle_.may_need_one_more()) wake_one();
}

void Workers::unpark(Worker& worker) noexcept {
  switch (worker.parker_.unpark()) {
    case Parker<>::kOnFutex:
      futex_wake_one(worker.parker_.word());
      break;
    case Parker<>::kInReactor:
      owner_.reactor().notify();
      break;
    default:
      break;
  }
}

// `worker` has something to do, which was put there from another thread.
void Workers::call(Worker& worker) noexcept {
  if (!worker.lock_.is_present()) return unpark(worker);
  wake_one();  // in case it is kept by a task for long
}

void Workers::call(const TaskHeader& task) noexcept { call(home_of(task)); }

bool Workers::has_work() const noexcept {
  for (const auto& worker : workers_) {
    if (worker->glance(false) != 0 || worker->inbox_.load(std::memory_order_seq_cst) != nullptr) {
      return true;
    }
  }
  return false;
}

bool Workers::sleep(Worker& worker) noexcept {
  if (is_stopping_.load(std::memory_order_acquire)) return false;
  {
    const Worker::Here here(worker.lock_);
    if (worker.has_ready()) return true;
    worker.lock_.go_absent();
  }
  // Where others run, what they have put into their queues without a fence is seen after this one
  // (IdleWorkers::may_need_one_more). An idle server pays nothing for it: nobody else is awake, or
  // this worker was only woken to wait for events in the place of one that runs a task; it, or who
  // waits there already, looks again when its patience ends, unless that one fell asleep when
  // nobody ran.
  const bool has_run = std::exchange(worker.has_run_, false);
  if (idle_.go_to_sleep(worker.index_, std::exchange(worker.is_searching_, false))) {
    const bool nobody_looks_again = has_run || has_patient_sleeper_.load(std::memory_order_seq_cst);
    if (nobody_looks_again && !idle_.all_asleep()) order_after_all(worker);
    if (has_work()) wake_one();
  }
  // After go_absent(): who puts something there from now on unparks this worker.
  if (worker.inbox_.load(std::memory_order_seq_cst) != nullptr) unpark(worker);
  count_park(worker);
  bool has_events = events_.try_lock();
  if (!has_events) {
    events_wanted_.store(true, std::memory_order_seq_cst);
    has_events = events_.try_lock();
  }
  if (has_events) {
    has_reactor_sleeper_.store(true, std::memory_order_relaxed);
    sleep_in_reactor(worker);
    has_reactor_sleeper_.store(false, std::memory_order_relaxed);
    events_.unlock();
  } else {
    if (idle_.all_asleep() && has_no_timers()) announce_root();  // who waits there looks further
    if (worker.parker_.prepare(Parker<>::kOnFutex)) {
      while (worker.parker_.word().load(std::memory_order_acquire) == Parker<>::kOnFutex) {
        futex_wait(worker.parker_.word(), Parker<>::kOnFutex);
      }
      worker.parker_.finish();
    }
  }
  idle_.wake_up(worker.index_);
  worker.is_searching_ = true;
  return !is_stopping_.load(std::memory_order_acquire);
}

// As a heavy fence is, between what `worker` has done and what the others do.
void Workers::order_after_all(const Worker& worker) noexcept {
  for (const auto& other : workers_) {
    if (other.get() != &worker && !other->lock_.meet()) return heavy_fence();
  }
}

void Workers::count_park(Worker& worker) noexcept {
  worker.slept_.store(worker.slept_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

// ---- the runtime's owner ----

void Workers::wait_for(TaskHeader& root) {
  // From here on its completion is announced; complete() sees the bit, or this sees that it was
  // first.
  root.shared_.fetch_or(TaskHeader::kRoot, std::memory_order_acq_rel);
  std::unique_lock held(ended_lock_);
  while (!root.is_done()) {
    if (is_deadlocked()) {
      held.unlock();
      owner_.throw_deadlock();
    }
    if (may_be_deadlocked()) {
      // Another thread of the program might still wake a task, and does not tell when it ends.
      ended_.wait_for(held, std::chrono::seconds(1));
    } else {
      ended_.wait(held);
    }
  }
}

void Workers::cancel_and_wait(TaskHeader& root) noexcept {
  root.shared_.fetch_or(TaskHeader::kRoot, std::memory_order_acq_rel);
  root.request_cancel();
  std::unique_lock held(ended_lock_);
  ended_.wait(held, [&] { return root.is_done(); });
}

void Workers::cancel_all() noexcept {
  is_closing_.store(true, std::memory_order_seq_cst);
  // What comes from now on is cancelled by Worker::list(), wherever it comes to: a task that is
  // cancelled may have been taken by another worker, and spawn there as it ends.
  for (const auto& worker : workers_) {
    const AtHome here(*this, *worker);
    worker->is_closing_ = true;
    worker->lock_.slow_down();
  }
  for (const auto& worker : workers_) {
    {
      // For as long as there are tasks to list; who wants to end one waits.
      const AtHome here(*this, *worker);
      for (TaskHeader* task = worker->live_; task != nullptr; task = task->live_next_) {
        task->shared_.fetch_or(TaskHeader::kCancelRequested, std::memory_order_acq_rel);
        const std::uint32_t flags = task->flags() | TaskHeader::kToCancel;
        task->set_flags(flags);
        if ((flags & TaskHeader::kScheduled) == 0) worker->enqueue(*task, flags);
      }
    }
    call(*worker);
  }
  std::unique_lock held(ended_lock_);
  ended_.wait(held, [&] { return alive() == 0 && late_.load(std::memory_order_acquire) == 0; });
  held.unlock();
  // The last one to wake from outside is out of here.
  let_out();
  const std::lock_guard door(door_);
}

// Those which are on their way from one worker to another count where they came from or go to.
std::uint64_t Workers::alive() const noexcept {
  std::uint64_t ended = 0;
  for (const auto& worker : workers_) {
    const AtHome here(*this, *worker);
    ended += worker->ended_;
  }
  // Later: whatever ends between has been spawned before.
  std::uint64_t spawned = 0;
  for (const auto& worker : workers_) {
    const AtHome here(*this, *worker);
    spawned += worker->spawned_;
  }
  return spawned - ended;
}

std::vector<TaskRef> Workers::live_tasks() const {
  std::vector<TaskRef> tasks;
  for (const auto& worker : workers_) {
    for (;;) {
      std::uint64_t room = 0;
      {
        const AtHome here(*this, *worker);
        room = worker->alive_;
        if (tasks.capacity() - tasks.size() >= room) {
          for (TaskHeader* task = worker->live_; task != nullptr; task = task->live_next_) {
            task->let_others_touch();
            tasks.emplace_back(task);
          }
          break;
        }
      }
      tasks.reserve(tasks.size() + 2 * room);
    }
  }
  return tasks;
}

// Who makes it true announces that.
bool Workers::may_be_deadlocked() const noexcept {
  return idle_.all_asleep() && has_no_timers() && owner_.reactor().waiting() == 0;
}

// Certain only where nobody else can wake a task, see Executor::is_deadlocked. Called by a thread
// that waits for a root.
bool Workers::is_deadlocked() const noexcept {
  const std::uint64_t parks_before = parks();
  // Timers and descriptors first: they count until the tasks that they wake are in a queue.
  if (!may_be_deadlocked()) return false;
  for (const auto& worker : workers_) {
    if (worker->has_anything()) return false;
  }
  // And nobody was up in between.
  return owner_.is_alone(1 + workers_.size()) && idle_.all_asleep() && parks() == parks_before;
}

std::uint64_t Workers::parks() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& worker : workers_) sum += worker->slept_.load(std::memory_order_acquire);
  return sum;
}

}  // namespace twofold::detail
