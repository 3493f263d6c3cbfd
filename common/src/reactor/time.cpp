// now, and the life of Sleep and Interval on the executor's timer wheel.
#include "twofold/time.hpp"

#include <stdexcept>

namespace twofold {

using detail::Nanoseconds;

std::chrono::steady_clock::time_point now() noexcept {
  using Steady = std::chrono::steady_clock;
  const detail::Executor* const executor = detail::current_executor();
  if (executor == nullptr) return Steady::now();
  const auto since_start = std::chrono::nanoseconds(static_cast<std::int64_t>(executor->now()));
  return Steady::time_point(std::chrono::duration_cast<Steady::duration>(since_start));
}

// Once it was queued the node has a waiter, except where the runtime whose timer it was is over: it
// then begins again, with the deadline that it has.
Poll<Unit> Sleep::poll(Context& context) noexcept {
  detail::TaskHeader& task = context.task();
  if (!(node_.waiter ? wait_again(task) : start(task))) return Ready();
  task.set_waits_for(detail::WaitsFor::kTimer);
  return Pending;
}

// Whether there is anything to wait for.
bool Sleep::start(detail::TaskHeader& task) noexcept {
  detail::Executor& executor = task.executor();
  const Nanoseconds now = executor.now();
  if ((node_.deadline & kFromFirstPoll) != 0) {
    const Nanoseconds span = node_.deadline & ~kFromFirstPoll;
    constexpr Nanoseconds kLast = kFromFirstPoll - 1;
    node_.deadline = span > kLast - now ? kLast : now + span;
  }
  if (node_.deadline <= now) return false;
  node_.waiter = detail::TaskRef(&task);
  executor.add_timer(node_);
  return true;
}

bool Sleep::wait_again(detail::TaskHeader& task) noexcept {
  if (!node_.is_queued()) return false;
  detail::Executor& executor = node_.waiter.get()->executor();
  if (&executor == &task.executor()) return executor.redirect_timer(node_, task);
  // It has gone to another runtime.
  executor.remove_timer(node_);
  node_.waiter = detail::TaskRef(&task);
  if (node_.deadline <= task.executor().now()) return false;
  task.executor().add_timer(node_);
  return true;
}

void Sleep::cancel() noexcept { node_.waiter.get()->executor().remove_timer(node_); }

Poll<Unit> Interval::Tick::poll(Context& context) {
  if (!started_) {
    started_ = true;
    if (interval_->next_.count() < 0) {
      interval_->next_ = std::chrono::nanoseconds(context.task().executor().now());
    }
    std::destroy_at(&sleep_);
    std::construct_at(&sleep_, Sleep::until(interval_->next_));
  }
  const Poll<Unit> answer = sleep_.poll(context);
  if (answer.is_ready()) {
    const std::chrono::nanoseconds left = std::chrono::nanoseconds::max() - interval_->next_;
    interval_->next_ += interval_->period_ < left ? interval_->period_ : left;
  }
  return answer;
}

void Interval::throw_bad_period() {
  throw std::invalid_argument("twofold: the period of an Interval must be longer than nothing");
}

}  // namespace twofold
