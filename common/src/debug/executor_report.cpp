// What an executor tells of itself: its counters, its tasks when it is asked by a signal, and each
// turn of a task to a tracer.
#include <cstdio>
#include <iterator>
#include <mutex>
#include <new>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "twofold/executor/workers.hpp"

namespace twofold::detail {

extern "C" {
[[gnu::used]] constinit Executor* twofold_first_runtime = nullptr;
}

namespace {
constinit std::mutex runtimes_lock;
constinit std::size_t last_index = 0;
}  // namespace

void Executor::enlist() {
  const std::lock_guard held(runtimes_lock);
  // Index 0 is nobody's. A task may outlive its runtime, but not ask for it any more once it is
  // complete, so that an index can be given again.
  constexpr std::size_t kIndices = std::size(twofold_executors);
  for (std::size_t tried = 1; value == 0; ++tried) {
    if (tried == kIndices) throw std::length_error("twofold: 65,535 runtimes live in this process");
    const std::size_t index = last_index++ % (kIndices - 1) + 1;
    if (twofold_executors[index] == nullptr) value = static_cast<std::uint16_t>(index);
  }
  twofold_executors[value] = this;
  next_runtime_ = std::exchange(twofold_first_runtime, this);
}

void Executor::delist() noexcept {
  const std::lock_guard held(runtimes_lock);
  twofold_executors[value] = nullptr;
  Executor** link = &twofold_first_runtime;
  while (*link != nullptr && *link != this) link = &(*link)->next_runtime_;
  if (*link != nullptr) *link = next_runtime_;
}

ExecutorMetrics Executor::metrics() const noexcept {
  ExecutorMetrics metrics{.tasks_alive = alive_,
                          .tasks_spawned = spawned_,
                          .polls = count_polls(*this),
                          .wakes = 0,
                          .parks = parks_,
                          .remote_wakes = remote_wakes_,
                          .steals = 0,
                          .reactor_turns = reactor_->turns(),
                          .memory = {}};
  std::uint64_t not_polled = attended_ + ready();
  if (workers_ != nullptr) not_polled += workers_->add_to(metrics);
  // A task is put in a queue when it is spawned and each time that it is made ready, and leaves it
  // to be polled or cancelled: so nobody has to count wakes.
  const std::uint64_t were_queued = metrics.polls + not_polled;
  metrics.wakes = were_queued > metrics.tasks_spawned ? were_queued - metrics.tasks_spawned : 0;
  return metrics;
}

std::uint64_t Workers::add_to(ExecutorMetrics& metrics) const noexcept {
  std::uint64_t ended = 0;
  std::uint64_t not_polled = 0;
  for (const auto& worker : workers_) {
    const AtHome here(*this, *worker);
    metrics.polls += worker->polls();
    metrics.parks += worker->slept_.load(std::memory_order_relaxed);
    metrics.steals += worker->steals_.load(std::memory_order_relaxed);
    metrics.remote_wakes += worker->remote_wakes_;
    metrics.tasks_spawned += worker->spawned_;
    ended += worker->ended_;
    not_polled += worker->attended_ + static_cast<const Executor&>(*worker).ready();
  }
  metrics.tasks_alive = metrics.tasks_spawned - ended;
  return not_polled;
}

void Executor::request_dump() noexcept {
  if (workers_ != nullptr) return write_tasks();
  dump_requested_.store(true, std::memory_order_relaxed);
  reactor_->notify();
}

void Executor::write_tasks() const noexcept {
  try {
    std::ostringstream text;
    text << "twofold: the tasks of a runtime with " << options_.workers << " worker"
         << (options_.workers == 1 ? "" : "s") << ":\n";
    dump_tasks(*this, text);
    std::fputs(text.str().c_str(), stderr);
  } catch (const std::bad_alloc&) {
    std::fputs("twofold: there is no memory to list the tasks\n", stderr);
  }
}

void Executor::write_metrics() const noexcept {
  const ExecutorMetrics counted = metrics();
  std::fprintf(
      stderr,
      "twofold: metrics: %llu tasks spawned, %llu polls, %llu wakes, %llu parks, %llu steals, "
      "%llu reactor turns\n",
      static_cast<unsigned long long>(counted.tasks_spawned),
      static_cast<unsigned long long>(counted.polls),
      static_cast<unsigned long long>(counted.wakes),
      static_cast<unsigned long long>(counted.parks),
      static_cast<unsigned long long>(counted.steals),
      static_cast<unsigned long long>(counted.reactor_turns));
}

// With a budget of one a task that cannot go on comes back here, instead of handing control to the
// next: so the turns of tasks are told apart, or drawn from the seed, and those who ask for neither
// pay nothing for it. Nor for wakes: they are what has come into the queue since somebody looked.
void Executor::run_turn_singly(const TaskHeader& root) noexcept {
  for (std::uint32_t turn = kTurnBudget; turn != 0; --turn) {
    if (tracer_ != nullptr) trace_woken();
    if (random_) draw_next();
    turn_end_ = polls_ + 1;
    TaskHeader* const task = next_task();
    if (tracer_ != nullptr) forget_queued();
    if (task != nullptr) {
      const auto tell = [this](void (Tracer::*what)(const TaskEvent&) noexcept,
                               const TaskHeader& of) {
        if (tracer_ == nullptr) return;
        (tracer_->*what)({.task = of.id(), .name = of.name(), .worker = 0});
      };
      tell(&Tracer::running, *task);
      task->ops().resume(*task);
      if (tracer_ != nullptr) trace_woken();
      // Otherwise it has ended, and is gone.
      if (running_ != nullptr) tell(&Tracer::parked, *running_);
      running_ = nullptr;
    } else if (attention_ == nullptr) {
      return;
    }
    if (attention_ != nullptr) attend(*std::exchange(attention_, nullptr));
    if (root.is_done()) return;
  }
}

// Deterministic mode: of all tasks that are ready, the random sequence takes one.
void Executor::draw_next() noexcept {
  queue_fresh();
  if (lifo_ != nullptr) queue_.push(std::exchange(lifo_, nullptr));
  if (!queue_.empty()) queue_.bring_forward(random_->below(queue_.size()));
}

// Out of line, so that the functions which call them need no more registers than before.
void Executor::trace_spawned(const TaskHeader& task) noexcept {
  tracer_->spawned({.task = task.id(), .name = task.name(), .worker = 0});
}
void Executor::trace_ended(const TaskHeader& task) noexcept {
  tracer_->ended({.task = task.id(), .name = task.name(), .worker = 0});
}

// Nothing has left the queue since forget_queued(). New tasks are in it too: their ids are higher
// than those which were there.
void Executor::trace_woken() noexcept {
  const auto tell = [this](const TaskHeader& task) {
    if (task.id() > traced_spawned_ || task.is_complete()) return;
    tracer_->woken({.task = task.id(), .name = task.name(), .worker = 0});
  };
  for (std::size_t i = traced_queue_; i < queue_.size(); ++i) {
    if (queue_.peek(i) != traced_lifo_) tell(*queue_.peek(i));
  }
  if (lifo_ != nullptr && lifo_ != traced_lifo_) tell(*lifo_);
  forget_queued();
}

void Executor::forget_queued() noexcept {
  traced_queue_ = queue_.size();
  traced_spawned_ = spawned_;
  traced_lifo_ = lifo_;
}

// A plain word that its own thread counts in without pause, read from another: a torn or old value
// is impossible on x86-64, where a load of eight bytes is one, and would at worst make a stall be
// seen late. An atomic counter would cost each resume two instructions with gcc.
#if defined(__clang__) || defined(__SANITIZE_THREAD__)
__attribute__((no_sanitize("thread")))
#endif
std::uint64_t
Executor::count_polls(const Executor& executor) noexcept {
  return *static_cast<const volatile std::uint64_t*>(&executor.polls_);
}

}  // namespace twofold::detail
