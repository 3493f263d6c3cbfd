// Executor: the loop, the inbox, parking, and the end.
#include "twofold/executor/executor.hpp"

#include <dirent.h>

#include <cassert>
#include <chrono>
#include <cstring>
#include <sstream>
#include <thread>

#include "twofold/executor/workers.hpp"

namespace twofold::detail {
namespace {

// Stands in the inbox while the worker waits in the reactor; never dereferenced.
TaskHeader* const kAsleep = reinterpret_cast<TaskHeader*>(std::uintptr_t{1});

Nanoseconds monotonic_now() noexcept {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<Nanoseconds>(std::chrono::nanoseconds(since).count());
}

// More would not fit the count of those awake.
constexpr std::size_t kMostWorkers = 4096;

std::size_t count_cores() noexcept {
  const unsigned cores = std::thread::hardware_concurrency();
  return cores != 0 ? cores : 1;
}

// Threads of this process, or 0 where /proc does not tell.
std::size_t count_threads() noexcept {
  DIR* directory = ::opendir("/proc/self/task");
  if (directory == nullptr) return 0;
  std::size_t threads = 0;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') ++threads;
  }
  ::closedir(directory);
  return threads;
}

#if defined(__SANITIZE_THREAD__)
#define TWOFOLD_HAS_SANITIZER_THREAD 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TWOFOLD_HAS_SANITIZER_THREAD 1
#endif
#endif

// Threads that ThreadSanitizer runs for itself: one, from the first thread that the process starts.
std::size_t count_sanitizer_threads() {
#if defined(TWOFOLD_HAS_SANITIZER_THREAD)
  static const std::size_t count = (std::thread([] {}).join(), 1);
  return count;
#else
  return 0;
#endif
}

/// `executor` is this thread's for as long as it lives, in place of the one that may be running
/// here.
class Entered {
 public:
  explicit Entered(Executor& executor) noexcept
      : previous_(std::exchange(current_executor(), &executor)) {}
  ~Entered() { current_executor() = previous_; }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  Executor* previous_;
};

}  // namespace

Reactor& executor_reactor(const TaskHeader& task) noexcept { return task.executor().reactor(); }

Executor::Executor(const RuntimeOptions& options) : Executor(std::make_shared<Reactor>(), options) {
  if (options.blocking_threads == 0) {
    throw std::invalid_argument(
        "twofold: RuntimeOptions::blocking_threads is 0; blocking work needs a thread");
  }
  queue_.reserve(1);
  (void)count_sanitizer_threads();  // now, so that it is there when threads are counted
  const std::size_t workers = options.workers != 0 ? options.workers : count_cores();
  if (workers == 1) return;
  if (workers > kMostWorkers) {
    throw std::invalid_argument("twofold: RuntimeOptions::workers is " + std::to_string(workers) +
                                "; the most are " + std::to_string(kMostWorkers));
  }
  if (clock_ == Clock::virtual_time) {
    throw std::invalid_argument(
        "twofold: virtual time needs one worker, since several run in an order that nobody knows; "
        "set RuntimeOptions::workers to 1");
  }
  (void)blocking_pool();  // now, for any thread may ask for it later
  workers_ = std::make_unique<Workers>(*this, static_cast<std::uint32_t>(workers));
}

Executor::Executor(Executor& owner, OneOfSeveral) : Executor(owner.reactor_, owner.options_) {
  owner_ = &owner;
}

Executor::Executor(std::shared_ptr<Reactor> reactor, const RuntimeOptions& options)
    : timers_(options.clock == Clock::virtual_time ? 0 : monotonic_now()),
      reactor_(std::move(reactor)),
      clock_(options.clock),
      options_(options) {}

Executor::~Executor() {
  assert(live_ == nullptr);
  // A source that was closed in the last turn refers to the reactor, and the reactor to it.
  if (owner_ == this) reactor_->free_closed();
}

Nanoseconds Executor::now() const noexcept {
  return clock_ == Clock::virtual_time ? virtual_now_ : monotonic_now();
}

BlockingPool& Executor::blocking_pool() {
  if (blocking_pool_ == nullptr) {
    blocking_pool_ =
        std::make_unique<BlockingPool>(options_.blocking_threads, options_.blocking_keep_alive);
  }
  return *blocking_pool_;
}

bool Executor::has_blocking_work() const noexcept {
  return blocking_pool_ != nullptr && blocking_pool_->is_busy();
}

void Executor::add_timer(TimerNode& node) noexcept {
  if (workers_ != nullptr) return workers_->add_timer(node);
  timers_.insert(node);
}

void Executor::remove_timer(TimerNode& node) noexcept {
  if (workers_ != nullptr) return workers_->remove_timer(node);
  timers_.cancel(node);
}

bool Executor::redirect_timer(TimerNode& node, TaskHeader& task) noexcept {
  if (workers_ != nullptr) return workers_->redirect_timer(node, task);
  if (!node.is_queued()) return false;
  node.waiter.refer_to(&task);
  return true;
}

std::vector<TaskRef> Executor::shared_tasks() const {
  return workers_ != nullptr ? workers_->live_tasks() : std::vector<TaskRef>();
}

void Executor::admit(TaskHeader& task) noexcept {
  if (workers_ != nullptr) [[unlikely]]
    return workers_->admit(task);
  ++alive_;
  task.id_ = ++spawned_;
  task.live_next_ = live_;
  if (live_ != nullptr) live_->live_previous_ = &task;
  live_ = &task;
  task.flags_ |= TaskHeader::kScheduled;
  queue_.push(&task);
}

void Executor::on_complete(TaskHeader& task) noexcept {
  if (task.live_next_ != nullptr) task.live_next_->live_previous_ = task.live_previous_;
  (task.live_previous_ != nullptr ? task.live_previous_->live_next_ : live_) = task.live_next_;
  --alive_;
  if ((task.flags_ & TaskHeader::kScheduled) != 0) ++queued_complete_;
  if (running_ == &task) running_ = nullptr;
  if (root_ == &task) {
    root_ = nullptr;
    budget_ = 0;  // back to the loop, which returns
  }
}

void Executor::stop_running() noexcept {
  if (running_ != nullptr) std::exchange(running_, nullptr)->flags_ &= ~TaskHeader::kRunning;
}

// A task came out of the queue that is complete, or is to be cancelled.
void Executor::attend(TaskHeader& task) noexcept {
  task.flags_ &= ~TaskHeader::kScheduled;
  if (task.is_complete()) {
    --queued_complete_;
    task.release();
  } else {
    cancel_parked(task);
  }
}

// The task may also be in the run queue: then it is dropped as complete when it comes out.
void Executor::cancel_parked(TaskHeader& task) noexcept {
  task.flags_ |= TaskHeader::kRunning;
  running_ = &task;
  task.ops().cancel(task);
  stop_running();
}

void Executor::cancel_now(TaskHeader& task) noexcept {
  if (workers_ != nullptr) return workers_->cancel_and_wait(task);
  const Entered entered(*this);
  if (!task.is_complete()) cancel_parked(task);
}

void Executor::run_turn(const TaskHeader& root) noexcept {
  budget_ = kTurnBudget;
  while (budget_ != 0) {
    TaskHeader* const task = next_task();
    if (task != nullptr) {
      task->ops().resume(*task);
      stop_running();
    } else if (attention_ == nullptr) {
      return;
    }
    // Before another task is taken: the task that ran may have come upon this one when it asked for
    // its successor.
    if (attention_ != nullptr) attend(*std::exchange(attention_, nullptr));
    if (root.is_done()) return;
  }
}

void Executor::run_until(TaskHeader& root) {
  if (current_executor() != nullptr) {
    throw std::logic_error(
        "twofold: block_on inside a task would stop the tasks of this thread; await the function "
        "instead");
  }
  if (workers_ != nullptr) return workers_->wait_for(root);
  const Entered entered(*this);
  root_ = &root;
  for (run_turn(root); !root.is_done(); run_turn(root)) poll_events();
}

// Between two turns: what came from outside, timers, descriptors; sleeps when nothing is ready.
void Executor::poll_events() {
  drain_inbox();
  if (timers_.empty() && reactor_->registered() == 0 && !(queue_.empty() && lifo_ == nullptr))
    return;
  const Nanoseconds time = now();
  if (!timers_.empty()) timers_.advance(time);
  if (queue_.empty() && lifo_ == nullptr) {
    park();
  } else if (reactor_->registered() != 0 && time - last_reactor_turn_ >= kReactorInterval) {
    reactor_->turn(0);
    last_reactor_turn_ = time;
  }
}

void Executor::park() {
  constexpr Nanoseconds kRecheck = 1'000'000'000;
  const Nanoseconds deadline = timers_.next_deadline();
  Nanoseconds timeout = kNever;
  // Virtual time stands still while anything can still happen, blocking work included.
  const bool may_jump = clock_ == Clock::virtual_time && !has_blocking_work();
  if (clock_ == Clock::virtual_time) {
    if (deadline != kNever) timeout = may_jump ? 0 : kRecheck;
  } else if (deadline != kNever) {
    const Nanoseconds time = now();
    timeout = deadline > time ? deadline - time : 0;
  }
  if (timeout == kNever && reactor_->waiting() == 0) {
    if (is_deadlocked()) throw_deadlock();
    timeout = kRecheck;
  }

  TaskHeader* none = nullptr;
  // Acquire-release: pairs with push_inbox; a task pushed before is seen here and not slept upon.
  if (!inbox_.compare_exchange_strong(none, kAsleep, std::memory_order_acq_rel)) {
    drain_inbox();
    return;
  }
  ++parks_;
  reactor_->turn(timeout);
  TaskHeader* asleep = kAsleep;
  inbox_.compare_exchange_strong(asleep, nullptr, std::memory_order_acq_rel);
  drain_inbox();

  if (clock_ == Clock::virtual_time) {
    if (may_jump && queue_.empty() && lifo_ == nullptr && deadline != kNever) {
      virtual_now_ = deadline > virtual_now_ ? deadline : virtual_now_;
    }
    timers_.advance(virtual_now_);
  } else {
    const Nanoseconds time = now();
    last_reactor_turn_ = time;
    timers_.advance(time);
  }
}

// Certain only where nobody else can wake a task: no timer (the caller looked), no descriptor
// waited for, no blocking work, and no other thread in this process that might hold a waker.
bool Executor::is_deadlocked() const noexcept {
  // The threads first: one that is still there might put a task in the inbox and end after the
  // inbox was looked at. Acquire: pairs with push_inbox.
  return timers_.empty() && is_alone(1) && inbox_.load(std::memory_order_acquire) == nullptr;
}

bool Executor::is_alone(std::size_t own) const noexcept {
  if (has_blocking_work()) return false;
  const std::size_t idle_threads = blocking_pool_ != nullptr ? blocking_pool_->threads() : 0;
  return count_threads() == own + count_sanitizer_threads() + idle_threads;
}

void Executor::throw_deadlock() const {
  std::ostringstream text;
  text << "twofold: deadlock: every task waits and nothing can wake one\n";
  dump_tasks(*this, text);
  throw Deadlock(text.str());
}

void Executor::push_inbox(TaskHeader& task) noexcept {
  TaskHeader* head = inbox_.load(std::memory_order_relaxed);
  do {
    task.inbox_next_ = head == kAsleep ? nullptr : head;
    // Release: the owner sees inbox_next_ and what the waker did. Pairs with the exchange in
    // drain_inbox.
  } while (!inbox_.compare_exchange_weak(head, &task, std::memory_order_acq_rel,
                                         std::memory_order_relaxed));
  if (head == kAsleep) reactor_->notify();
}

bool Executor::drain_inbox() noexcept {
  if (inbox_.load(std::memory_order_relaxed) == nullptr) return false;
  TaskHeader* newest = inbox_.exchange(nullptr, std::memory_order_acq_rel);
  if (newest == kAsleep) return false;
  TaskHeader* oldest = nullptr;
  while (newest != nullptr) {
    TaskHeader* const task = newest;
    newest = std::exchange(task->inbox_next_, oldest);
    oldest = task;
  }
  while (oldest != nullptr) {
    TaskHeader& task = *oldest;
    oldest = task.inbox_next_;
    ++remote_wakes_;
    // Cleared before the wake: a thread that wakes again from now on puts the task here again.
    task.shared_.fetch_and(~TaskHeader::kRemoteWoken, std::memory_order_acq_rel);
    if (task.is_complete()) {
      --late_arrivals_;
    } else {
      task.wake();
    }
    task.release_shared();  // the inbox's
  }
  return true;
}

void Executor::shut_down() noexcept {
  if (workers_ != nullptr) {
    workers_->cancel_all();
    blocking_pool_->shut_down(options_.shutdown_grace);
    workers_->stop();  // before reset(), for the threads ask for the pointer to the last
    workers_.reset();
    return;
  }
  while (live_ != nullptr) cancel_now(*live_);
  if (blocking_pool_ != nullptr) blocking_pool_->shut_down(options_.shutdown_grace);
  const Entered entered(*this);
  while (attention_ != nullptr || !queue_.empty() || lifo_ != nullptr) {
    budget_ = 1;
    [[maybe_unused]] TaskHeader* const none = next_task();
    assert(none == nullptr && attention_ != nullptr);
    attend(*std::exchange(attention_, nullptr));
  }
  // Another thread may be between "woken" and "in the inbox": its push still needs the executor.
  while (late_arrivals_ != 0) {
    if (!drain_inbox()) __builtin_ia32_pause();
  }
}

ExecutorMetrics Executor::metrics() const noexcept {
  ExecutorMetrics metrics{.tasks_alive = alive_,
                          .tasks_spawned = spawned_,
                          .polls = polls_,
                          .parks = parks_,
                          .remote_wakes = remote_wakes_,
                          .steals = 0,
                          .reactor_turns = reactor_->turns()};
  if (workers_ != nullptr) workers_->add_to(metrics);
  return metrics;
}

}  // namespace twofold::detail
