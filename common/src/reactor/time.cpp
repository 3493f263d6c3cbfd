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
    node_.deadline = span > detail::kNever - from ? detail::kNever : from + span;
    if (node_.deadline <= now) return Ready();
    node_.waiter = detail::TaskRef(&task);
    executor.timers().insert(node_);
  } else if (!node_.queued) {
    return Ready();
  } else {
    node_.waiter.refer_to(&task);
  }
  task.set_waiting_for("a timer (sleep)");
  return Pending;
}

void Sleep::cancel() noexcept {
  if (node_.queued) node_.waiter.get()->executor().timers().cancel(node_);
}

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
