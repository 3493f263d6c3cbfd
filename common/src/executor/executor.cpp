// Executor: the loop, the inbox, parking, and the end.
#include "twofold/executor/executor.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "twofold/debug/log.hpp"
#include "twofold/debug/watcher.hpp"
#include "twofold/executor/usable_cores.hpp"
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

Clock clock_of(const RuntimeOptions& options) noexcept {
  return options.seed ? Clock::virtual_time : options.clock;
}

/// `executor` is this thread's for as long as it lives, in place of the one that may be running
/// here.
class Entered {
 public:
  explicit Entered(Executor& executor) noexcept
      : previous_(std::exchange(current_executor(), &executor)) {
    executor.reactor().begin_service();
  }
  ~Entered() { std::exchange(current_executor(), previous_)->reactor().end_service(); }
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
  const LogSettings settings = apply_log(options, std::getenv("TWOFOLD_LOG"));
  options_ = settings.options;
  writes_metrics_ = settings.metrics;
  tracer_ = options_.tracer;
  enlist();
  if (options_.dump_on_sigquit) dump_on_sigquit(*this);
  if (options_.stall_threshold > std::chrono::nanoseconds::zero()) start_watcher();
  if (options.network == Network::in_memory) {
    if (!options.seed) {
      throw std::invalid_argument(
          "twofold: a network in memory gets its delays from a seed; set RuntimeOptions::seed");
    }
    network_ = make_simulated_network(*options.seed, options.network_faults);
  }
  prepare_to_count_threads();
  const std::size_t workers = options.workers != 0 ? options.workers : usable_cores();
  is_plain_ = workers == 1 && tracer_ == nullptr;
  if (workers == 1) return;
  if (workers > kMostWorkers) {
    throw std::invalid_argument("twofold: RuntimeOptions::workers is " + std::to_string(workers) +
                                "; the most are " + std::to_string(kMostWorkers));
  }
  if (options.seed) {
    throw std::invalid_argument(
        "twofold: a seed decides the order of tasks on one worker only; set "
        "RuntimeOptions::workers "
        "to 1");
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
    : timers_(clock_of(options) == Clock::virtual_time ? 0 : monotonic_now()),
      reactor_(std::move(reactor)),
      clock_(clock_of(options)),
      options_(options) {
  if (options.seed) random_.emplace(*options.seed);
}

Executor::~Executor() {
  assert(live_ == nullptr);
  if (owner_ == this) delist();
  if (owner_ == this && options_.dump_on_sigquit) forget_sigquit(*this);
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

void Executor::queue_fresh() noexcept {
  if (tracer_ != nullptr) [[unlikely]]
    trace_woken();
  queue_.rewind();
  while (!fresh_.empty()) queue_.push(fresh_.pop());
  fresh_.rewind();
  if (tracer_ != nullptr) [[unlikely]]
    forget_queued();  // they were not woken
}

// This one is a worker's.
void Executor::defer_shared(TaskHeader& task) noexcept {
  static_cast<Worker*>(this)->defer_running(task);
}

// A task came out of the queue that is complete, or is to be cancelled.
void Executor::attend(TaskHeader& task) noexcept {
  ++attended_;
  if (turn_end_ != polls_) --turn_end_;
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
  assert(running_ == nullptr);
  running_ = &task;
  task.ops().cancel(task);
  running_ = nullptr;
}

void Executor::cancel_now(TaskHeader& task) noexcept {
  if (workers_ != nullptr) return workers_->cancel_and_wait(task);
  const Entered entered(*this);
  if (!task.is_complete()) cancel_parked(task);
}

void Executor::run_turn(const TaskHeader& root) noexcept {
  if (tracer_ != nullptr || random_) [[unlikely]]
    return run_turn_singly(root);
  turn_end_ = polls_ + kTurnBudget;
  if (--turns_to_age_ == 0) {
    turns_to_age_ = kTurnsToAge;
    if (!fresh_.empty()) queue_.push(fresh_.pop());
  }
  while (polls_ != turn_end_) {
    TaskHeader* const task = next_task();
    if (task != nullptr) {
      task->ops().resume(*task);
      running_ = nullptr;
    } else if (attention_ == nullptr) {
      return;
    }
    // Before another task is taken: the task that ran may have come upon this one when it asked for
    // its successor.
    if (attention_ != nullptr) attend(*std::exchange(attention_, nullptr));
    if (root.is_done()) return;
  }
}

bool Executor::is_asleep(const Executor& executor) noexcept {
  return executor.inbox_.load(std::memory_order_relaxed) == kAsleep;
}

void Executor::run_until(TaskHeader& root) {
  assert(current_executor() == nullptr);
  if (workers_ != nullptr) return workers_->wait_for(root);
  const Entered entered(*this);
  const StallWatch watch({.thread = ::pthread_self(),
                          .executor = this,
                          .polls = &count_polls,
                          .is_asleep = &is_asleep,
                          .threshold = options_.stall_threshold,
                          .report = options_.on_stall});
  root_ = &root;
  for (run_turn(root); !root.is_done(); run_turn(root)) poll_events();
}

Nanoseconds Executor::next_deadline() const noexcept {
  const Nanoseconds timer = timers_.next_deadline();
  const Nanoseconds arrival = network_ != nullptr ? network_->next_event() : kNever;
  return timer < arrival ? timer : arrival;
}

void Executor::advance(Nanoseconds time) {
  timers_.advance(time);
  if (network_ != nullptr) network_->advance(time);
}

// Between two turns: what came from outside, timers, descriptors; sleeps when nothing is ready.
void Executor::poll_events() {
  if (dump_requested_.load(std::memory_order_relaxed)) [[unlikely]] {
    dump_requested_.store(false, std::memory_order_relaxed);
    write_tasks();
  }
  drain_inbox();
  // The clock is not read where nothing asks for the time, which is a server's every turn.
  const bool asks_for_time = !timers_.empty() || (has_ready() && reactor_->registered() != 0);
  const Nanoseconds time = asks_for_time ? now() : 0;
  if (!timers_.empty()) timers_.advance(time);
  if (!has_ready()) return park(time);
  if (reactor_->registered() == 0) return;
  // Virtual time stands still while tasks run, and descriptors do not.
  const Nanoseconds real_time = clock_ == Clock::virtual_time ? monotonic_now() : time;
  if (real_time - last_reactor_turn_ < kReactorInterval) return;
  reactor_->turn(0);
  last_reactor_turn_ = real_time;
}

// `time` is now; of no account where there is no timer.
void Executor::park(Nanoseconds time) {
  constexpr Nanoseconds kRecheck = 1'000'000'000;
  const Nanoseconds deadline = next_deadline();
  Nanoseconds timeout = kNever;
  // Virtual time stands still while anything can still happen, blocking work included.
  const bool may_jump = clock_ == Clock::virtual_time && !has_blocking_work();
  if (clock_ == Clock::virtual_time) {
    if (deadline != kNever) timeout = may_jump ? 0 : kRecheck;
  } else if (deadline != kNever) {
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
    if (may_jump && !has_ready() && deadline != kNever) {
      virtual_now_ = deadline > virtual_now_ ? deadline : virtual_now_;
    }
    advance(virtual_now_);
  } else if (!timers_.empty()) {
    last_reactor_turn_ = now();
    advance(last_reactor_turn_);
  }
}

void Executor::push_inbox(TaskHeader& task) noexcept {
  // Taken before the task is visible: from then on the owner may wake by itself, run the task to
  // its end and destroy the executor, and this thread has yet to notify.
  std::shared_ptr<Reactor> reactor;
  TaskHeader* head = inbox_.load(std::memory_order_relaxed);
  do {
    if (head == kAsleep && reactor == nullptr) reactor = reactor_;
    task.inbox_next_ = head == kAsleep ? nullptr : head;
    // Release: the owner sees inbox_next_ and what the waker did. Pairs with the exchange in
    // drain_inbox.
  } while (!inbox_.compare_exchange_weak(head, &task, std::memory_order_acq_rel,
                                         std::memory_order_relaxed));
  if (head == kAsleep) reactor->notify();
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
    const std::uint64_t before =
        task.shared_.fetch_and(~TaskHeader::kRemoteWoken, std::memory_order_acq_rel);
    if (task.is_complete()) {
      --late_arrivals_;
    } else {
      if ((before & TaskHeader::kCancelRequested) != 0) task.flags_ |= TaskHeader::kToCancel;
      task.wake();
    }
    task.release_shared();  // the inbox's
  }
  return true;
}

void Executor::shut_down() noexcept {
  if (current_executor() != nullptr && &current_executor()->owner() == this) {
    std::fputs(
        "twofold: a runtime was destroyed by one of its own tasks, which would wait for itself; "
        "destroy it where block_on was called\n",
        stderr);
    std::abort();
  }
  if (writes_metrics_) write_metrics();
  // Nobody lists tasks while they are cancelled.
  if (options_.dump_on_sigquit) forget_sigquit(*this);
  if (workers_ != nullptr) {
    workers_->cancel_all();
    blocking_pool_->shut_down(options_.shutdown_grace);
    workers_->stop();  // before reset(), for the threads ask for the pointer to the last
    while (workers_->forget_timer()) {
    }
    workers_.reset();
    return;
  }
  while (live_ != nullptr) cancel_now(*live_);
  if (blocking_pool_ != nullptr) blocking_pool_->shut_down(options_.shutdown_grace);
  const Entered entered(*this);
  while (attention_ != nullptr || has_ready()) {
    turn_end_ = polls_ + 1;
    [[maybe_unused]] TaskHeader* const none = next_task();
    assert(none == nullptr && attention_ != nullptr);
    attend(*std::exchange(attention_, nullptr));
  }
  // Another thread may be between "woken" and "in the inbox": its push still needs the executor.
  while (late_arrivals_ != 0) {
    if (!drain_inbox()) __builtin_ia32_pause();
  }
  // Of futures that outlive their tasks.
  while (timers_.forget_one()) {
  }
}

}  // namespace twofold::detail
