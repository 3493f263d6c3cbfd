// Workers: admission, sleep and waking, events, the end.
#include "twofold/executor/workers.hpp"

#include <pthread.h>

#include <cassert>
#include <sstream>
#include <string>

#include "twofold/detail/futex.hpp"

namespace twofold::detail {

Workers::Workers(Executor& owner, std::uint32_t count)
    : owner_(owner),
      idle_(count),
      rosters_(std::make_unique<Roster[]>(count)),
      timers_(owner.now()) {
  workers_.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    workers_.push_back(std::make_unique<Worker>(owner, *this, i));
  }
  try {
    for (const auto& worker : workers_) {
      worker->thread_ = std::thread([w = worker.get()] { w->run(); });
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
}

void Workers::stop() noexcept {
  is_stopping_.store(true, std::memory_order_seq_cst);
  for (const auto& worker : workers_) unpark(*worker);
  for (const auto& worker : workers_) {
    if (worker->thread_.joinable()) worker->thread_.join();
  }
}

// The running thread's worker, where it is one of these.
Worker* Workers::current_worker() const noexcept {
  Executor* const current = current_executor();
  if (current == nullptr || &current->owner() != &owner_) return nullptr;
  return static_cast<Worker*>(current);
}

// ---- tasks ----

void Workers::admit(TaskHeader& task) noexcept {
  Worker* const worker = current_worker();
  const std::uint32_t index = worker != nullptr ? worker->index_ : 0;
  Roster& roster = rosters_[index];
  // Before it is listed: cancel_all() wakes what it finds there, and this is on its way already.
  task.state().store(TaskHeader::kScheduled, std::memory_order_relaxed);
  {
    const std::lock_guard held(roster.lock);
    ++roster.alive;
    // Unlike any other's, whatever roster it is on.
    task.id_ = ++roster.spawned * workers_.size() - index;
    task.local_refs_ = index;
    task.live_next_ = roster.first;
    if (roster.first != nullptr) roster.first->live_previous_ = &task;
    roster.first = &task;
    // Under the lock: a task that cancel_all() does not find here sees that the runtime closes.
    if (is_closing_.load(std::memory_order_relaxed)) {
      task.shared_.fetch_or(TaskHeader::kCancelRequested, std::memory_order_relaxed);
    }
  }
  if (worker != nullptr) {
    worker->make_ready(task, false);
  } else {
    task.inbox_next_ = nullptr;
    inject(&task, &task, 1);
  }
}

void Workers::enqueue(TaskHeader& task) noexcept {
  if (Worker* const worker = current_worker()) {
    // What the reactor wakes comes in order; what a task wakes runs next, its data are warm.
    worker->make_ready(task, worker->running_ != nullptr);
  } else {
    task.inbox_next_ = nullptr;
    inject(&task, &task, 1);
  }
}

void Workers::on_complete(TaskHeader& task) noexcept {
  Roster& roster = rosters_[task.local_refs_];
  {
    const std::lock_guard held(roster.lock);
    if (task.live_next_ != nullptr) task.live_next_->live_previous_ = task.live_previous_;
    (task.live_previous_ != nullptr ? task.live_previous_->live_next_ : roster.first) =
        task.live_next_;
    --roster.alive;
  }
  static_cast<Worker*>(current_executor())->running_ = nullptr;
  if (is_closing_.load(std::memory_order_acquire)) announce_root();
}

void Workers::announce_root() noexcept {
  const std::lock_guard held(ended_lock_);
  ended_.notify_all();
}

void Workers::inject(TaskHeader* first, TaskHeader* last, std::size_t count) noexcept {
  const std::lock_guard held(injected_lock_);
  (injected_last_ != nullptr ? injected_last_->inbox_next_ : injected_first_) = first;
  injected_last_ = last;
  injected_.store(injected_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  wake_one();
}

// One task, and (`with_more`) this worker's share of the others into its queue, which is empty.
TaskHeader* Workers::take_injected(Worker& worker, bool with_more) noexcept {
  if (injected_.load(std::memory_order_relaxed) == 0) return nullptr;
  const std::lock_guard held(injected_lock_);
  const std::size_t size = injected_.load(std::memory_order_relaxed);
  if (size == 0) return nullptr;
  std::size_t amount = 1;
  if (with_more) {
    amount = size / workers_.size() + 1;
    amount = amount < Worker::ReadyQueue::kHalf ? amount : Worker::ReadyQueue::kHalf;
    amount = amount < size ? amount : size;
  }
  TaskHeader* const task = injected_first_;
  injected_first_ = task->inbox_next_;
  for (std::size_t i = 1; i < amount; ++i) {
    TaskHeader* const more = injected_first_;
    injected_first_ = more->inbox_next_;
    (void)worker.ready_.push(more);
  }
  if (injected_first_ == nullptr) injected_last_ = nullptr;
  injected_.store(size - amount, std::memory_order_relaxed);
  return task;
}

// ---- sleep and waking ----

void Workers::wake_one() noexcept {
  const std::uint32_t sleeper = idle_.pick_sleeper();
  if (sleeper != IdleWorkers<>::kNobody) unpark(*workers_[sleeper]);
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

bool Workers::has_work() const noexcept {
  if (injected_.load(std::memory_order_relaxed) != 0) return true;
  for (const auto& worker : workers_) {
    if (!worker->ready_.empty()) return true;
  }
  return false;
}

bool Workers::sleep(Worker& worker) noexcept {
  if (is_stopping_.load(std::memory_order_acquire)) return false;
  if (idle_.go_to_sleep(worker.index_, std::exchange(worker.is_searching_, false)) && has_work()) {
    wake_one();
  }
  count_park(worker);
  bool has_events = events_.try_lock();
  if (!has_events) {
    events_wanted_.store(true, std::memory_order_seq_cst);
    has_events = events_.try_lock();
  }
  if (has_events) {
    sleep_in_reactor(worker);
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

void Workers::count_park(Worker& worker) noexcept {
  worker.parks_.store(worker.parks_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

// ---- events: the reactor and the timers ----

void Workers::turn(Worker& worker, Nanoseconds timeout) noexcept {
  worker.is_in_turn_ = true;
  owner_.reactor().turn(timeout);
  const Nanoseconds now = owner_.now();
  last_turn_.store(now, std::memory_order_relaxed);
  if (!has_no_timers()) {
    const std::lock_guard held(timers_lock_);
    timers_.advance(now);
    // Release: who sees that there are none sees what they woke.
    timer_count_.store(timers_.size(), std::memory_order_release);
  }
  worker.is_in_turn_ = false;
}

// Precondition: `worker` holds events_.
void Workers::sleep_in_reactor(Worker& worker) noexcept {
  const bool others_run = !idle_.all_asleep();
  Nanoseconds timeout = kNever;
  {
    const std::lock_guard held(timers_lock_);
    const Nanoseconds deadline = timers_.next_deadline();
    sleeping_until_ = deadline;
    if (deadline != kNever) {
      const Nanoseconds now = owner_.now();
      timeout = deadline > now ? deadline - now : 0;
    }
  }
  if (others_run) {
    timeout = timeout < kPatience ? timeout : kPatience;
  } else if (timeout == kNever && owner_.reactor().waiting() == 0) {
    announce_root();  // who waits there looks whether it is a deadlock
  }
  if (worker.parker_.prepare(Parker<>::kInReactor)) {
    turn(worker, timeout);
    worker.parker_.finish();
  }
  worker.is_impatient_ = others_run;
  const std::lock_guard held(timers_lock_);
  sleeping_until_ = 0;
}

// Now and then, while there are tasks to run.
void Workers::look_at_events(Worker& worker) noexcept {
  if (has_no_timers() && owner_.reactor().registered() == 0) return;
  if (owner_.now() - last_turn_.load(std::memory_order_relaxed) < kReactorInterval) return;
  if (!events_.try_lock()) return;
  turn(worker, 0);
  events_.unlock();
  // What was woken is in this worker's queue. And somebody may have gone to sleep elsewhere because
  // this worker was here.
  if (!worker.ready_.empty() || events_wanted_.exchange(false, std::memory_order_seq_cst)) {
    wake_one();
  }
}

bool Workers::has_no_timers() const noexcept {
  return timer_count_.load(std::memory_order_acquire) == 0;
}

void Workers::add_timer(TimerNode& node) noexcept {
  bool is_earlier = false;
  {
    const std::lock_guard held(timers_lock_);
    timers_.insert(node);
    timer_count_.store(timers_.size(), std::memory_order_relaxed);
    is_earlier = node.deadline < sleeping_until_;
    if (is_earlier) sleeping_until_ = node.deadline;
  }
  if (is_earlier) owner_.reactor().notify();
}

void Workers::remove_timer(TimerNode& node) noexcept {
  const std::lock_guard held(timers_lock_);
  timers_.cancel(node);
  timer_count_.store(timers_.size(), std::memory_order_relaxed);
}

bool Workers::redirect_timer(TimerNode& node, TaskHeader& task) noexcept {
  TaskRef before;  // dropped after the lock
  const std::lock_guard held(timers_lock_);
  if (!node.is_queued()) return false;
  if (node.waiter.get() != &task) before = std::exchange(node.waiter, TaskRef(&task));
  return true;
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
    ended_.wait(held);
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
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    // For as long as there are tasks to list; who wants to end one waits. What comes later is
    // cancelled by admit().
    const std::lock_guard held(rosters_[i].lock);
    for (TaskHeader* task = rosters_[i].first; task != nullptr; task = task->live_next_) {
      task->request_cancel();
    }
  }
  std::unique_lock held(ended_lock_);
  ended_.wait(held, [&] { return alive() == 0; });
}

std::uint64_t Workers::alive() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const std::lock_guard held(rosters_[i].lock);
    sum += rosters_[i].alive;
  }
  return sum;
}

std::vector<TaskRef> Workers::live_tasks() const {
  std::vector<TaskRef> tasks;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    for (;;) {
      std::uint64_t room = 0;
      {
        const std::lock_guard held(rosters_[i].lock);
        room = rosters_[i].alive;
        if (tasks.capacity() - tasks.size() >= room) {
          for (TaskHeader* task = rosters_[i].first; task != nullptr; task = task->live_next_) {
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

// Certain only where nobody else can wake a task, see Executor::is_deadlocked. Called by a thread
// that waits for a root.
bool Workers::is_deadlocked() const noexcept {
  const std::uint64_t parks_before = parks();
  // Timers and descriptors first: they count until the tasks that they wake are in a queue.
  if (!idle_.all_asleep() || !has_no_timers() || owner_.reactor().waiting() != 0) return false;
  if (has_work()) return false;
  for (const auto& worker : workers_) {
    if (worker->woken_last_.load(std::memory_order_acquire) != nullptr) return false;
  }
  // And nobody was up in between.
  return owner_.is_alone(1 + workers_.size()) && idle_.all_asleep() && parks() == parks_before;
}

std::uint64_t Workers::parks() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& worker : workers_) sum += worker->parks_.load(std::memory_order_acquire);
  return sum;
}

void Workers::add_to(ExecutorMetrics& metrics) const noexcept {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const Worker& worker = *workers_[i];
    metrics.polls += worker.polls_.load(std::memory_order_relaxed);
    metrics.parks += worker.parks_.load(std::memory_order_relaxed);
    metrics.steals += worker.steals_.load(std::memory_order_relaxed);
    const std::lock_guard held(rosters_[i].lock);
    metrics.tasks_alive += rosters_[i].alive;
    metrics.tasks_spawned += rosters_[i].spawned;
  }
}

}  // namespace twofold::detail
