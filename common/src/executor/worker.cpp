// Worker: what one worker does with its tasks.
#include "twofold/executor/worker.hpp"

#include "twofold/executor/workers.hpp"

namespace twofold::detail {
namespace {

// Only this thread adds.
void count(std::atomic<std::uint64_t>& counter) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// xorshift64 (Marsaglia 2003): which victim is asked first.
std::uint64_t next_random(std::uint64_t& state) noexcept {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

}  // namespace

Worker::Worker(Executor& owner, Workers& workers, std::uint32_t index)
    : Executor(owner, OneOfSeveral{}),
      workers_(workers),
      index_(index),
      random_(0x9e3779b97f4a7c15 * (index + 1)) {}

void Worker::run() noexcept {
  current_executor() = this;
  for (;;) {
    TaskHeader* task = next_ready();
    if (task == nullptr) task = search();
    if (task != nullptr) {
      if (std::exchange(is_searching_, false) && workers_.idle_.end_search()) workers_.wake_one();
      is_impatient_ = false;
      run_task(*task);
    } else if (!workers_.sleep(*this)) {
      return;
    }
  }
}

TaskHeader* Worker::next_ready() noexcept {
  if (++ticks_ % kTicksBetweenLooks == 0) {
    workers_.look_at_events(*this);
    if (TaskHeader* const task = workers_.take_injected(*this, false)) return task;
  }
  if (woken_last_.load(std::memory_order_relaxed) != nullptr && streak_ < kLifoStreak) {
    if (TaskHeader* const task = woken_last_.exchange(nullptr, std::memory_order_acq_rel)) {
      ++streak_;
      return task;
    }
  }
  streak_ = 0;
  if (TaskHeader* const task = ready_.pop()) return task;
  return woken_last_.exchange(nullptr, std::memory_order_acq_rel);
}

TaskHeader* Worker::search() noexcept {
  if (TaskHeader* const task = workers_.take_injected(*this, true)) return task;
  if (!is_searching_) {
    if (!workers_.idle_.begin_search()) return nullptr;
    is_searching_ = true;
  }
  const auto count_of_workers = static_cast<std::uint32_t>(workers_.workers_.size());
  const auto start = static_cast<std::uint32_t>(next_random(random_) % count_of_workers);
  for (std::uint32_t i = 0; i < count_of_workers; ++i) {
    Worker& victim = *workers_.workers_[(start + i) % count_of_workers];
    if (&victim == this) continue;
    TaskHeader* taken[ReadyQueue::kHalf];
    const std::uint32_t amount = victim.ready_.take_half(taken);
    if (amount != 0) {
      count(steals_);
      // The own queue is empty, and holds more than half a queue.
      for (std::uint32_t k = 1; k < amount; ++k) (void)ready_.push(taken[k]);
      return taken[0];
    }
    if (!is_impatient_) continue;
    if (TaskHeader* const task = victim.woken_last_.exchange(nullptr, std::memory_order_acq_rel)) {
      count(steals_);
      return task;
    }
  }
  return workers_.take_injected(*this, true);
}

void Worker::run_task(TaskHeader& task) noexcept {
  running_ = &task;
  task_budget_ = kTaskBudget;
  count(polls_);
  // Acquire: pairs with the wakes and with the release below, on whatever worker it ran before.
  task.state().exchange(TaskHeader::kRunning, std::memory_order_acq_rel);
  if (task.cancel_requested()) [[unlikely]] {
    task.ops().cancel(task);
  } else {
    task.ops().resume(task);
  }
  if (running_ == nullptr) return;  // it is complete, and may be gone
  running_ = nullptr;
  // Nobody is in its frames or on its stack any more. Release: who runs it next sees them.
  const std::uint32_t before =
      task.state().fetch_and(~TaskHeader::kRunning, std::memory_order_acq_rel);
  // Nobody is woken for it: this worker would come to it next, were there no others.
  if ((before & TaskHeader::kScheduled) != 0) push(task);
}

void Worker::make_ready(TaskHeader& task, bool is_next) noexcept {
  TaskHeader* displaced = &task;
  if (is_next) displaced = woken_last_.exchange(&task, std::memory_order_acq_rel);
  if (displaced == nullptr) return;  // this worker comes to it next
  push(*displaced);
  if (!is_in_turn_) workers_.wake_one();
}

void Worker::push(TaskHeader& task) noexcept {
  if (ready_.push(&task)) [[likely]]
    return;
  TaskHeader* taken[ReadyQueue::kHalf];
  const std::uint32_t amount = ready_.take_half(taken);
  for (std::uint32_t i = 0; i < amount; ++i) {
    taken[i]->inbox_next_ = i + 1 < amount ? taken[i + 1] : &task;
  }
  task.inbox_next_ = nullptr;
  workers_.inject(amount != 0 ? taken[0] : &task, &task, amount + 1);
}

}  // namespace twofold::detail
