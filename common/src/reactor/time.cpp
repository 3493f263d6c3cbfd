// Sleep and Interval: their life on the executor's timer wheel.
#include "twofold/time.hpp"

namespace twofold {

using detail::Nanoseconds;

Poll<Unit> Sleep::poll(Context& context) {
  detail::TaskHeader& task = context.task();
  detail::Executor& executor = task.executor();
  if (!started_) {
    started_ = true;
    const auto span = static_cast<Nanoseconds>(duration_.count() > 0 ? duration_.count() : 0);
    const Nanoseconds now = executor.now();
    const Nanoseconds from = absolute_ ? 0 : now;
    executor_ = &executor;
    node_.deadline = span > detail::kNever - from ? detail::kNever : from + span;
    if (node_.deadline <= now) return Ready();
    node_.waiter = detail::TaskRef(&task);
    executor.add_timer(node_);
  } else if (!node_.is_queued() || !executor_->redirect_timer(node_, task)) {
    return Ready();
  }
  task.set_waiting_for("a timer (sleep)");
  return Pending;
}

void Sleep::cancel() noexcept { executor_->remove_timer(node_); }

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
  if (answer.is_ready()) interval_->next_ += interval_->period_;
  return answer;
}

}  // namespace twofold
