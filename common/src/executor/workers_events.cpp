// Workers: the reactor and the timers, which one worker at a time serves.
#include <mutex>

#include "twofold/executor/workers.hpp"

namespace twofold::detail {

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
  // Before the look: who is woken after it, and may go to sleep again, sees this. Pairs with the
  // load in sleep(): here a store and a load of who is awake, there a change of that and a load.
  has_patient_sleeper_.store(true, std::memory_order_seq_cst);
  const bool others_run = !idle_.all_asleep();
  if (others_run) has_patient_sleeper_.store(false, std::memory_order_relaxed);
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
  has_patient_sleeper_.store(false, std::memory_order_relaxed);
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
  if (worker.glance(false) != 0 || events_wanted_.exchange(false, std::memory_order_seq_cst)) {
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

TaskRef Workers::forget_timer() noexcept {
  const std::lock_guard held(timers_lock_);
  TaskRef waiter = timers_.forget_one();
  timer_count_.store(timers_.size(), std::memory_order_relaxed);
  return waiter;
}

}  // namespace twofold::detail
