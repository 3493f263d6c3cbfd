// TaskHeader: what threads other than the owner do, and completion.
#include "twofold/task/header.hpp"

#include "twofold/executor/workers.hpp"

namespace twofold::detail {

extern "C" {
[[gnu::used]] constinit thread_local Executor* twofold_current_executor = nullptr;
}

TaskHeader::TaskHeader(const TaskOps& ops, Executor& executor) noexcept
    : ops_(&ops), executor_(&executor), shared_(executor.workers() != nullptr ? kShared : 0) {}

void TaskHeader::wake() noexcept {
  if (executor_ == current_executor()) [[likely]] {
    if ((flags_ & (kScheduled | kComplete)) == 0) executor_->schedule(*this);
  } else {
    wake_remote();
  }
}

void TaskHeader::release_shared() noexcept {
  // Release: what this holder did with the task is over before it is destroyed; acquire: the last
  // one sees what the others did. Before kDone the owner's half of the count is not in yet, so the
  // count alone says nothing.
  const std::uint64_t before = shared_.fetch_sub(kReference, std::memory_order_acq_rel);
  if ((before & kDone) != 0 && (before / kReference) == 1) ops_->destroy(*this);
}

void TaskHeader::wake_shared() noexcept {
  // Even where it is scheduled already: the next poll must see what this thread did before.
  const std::uint32_t before = state().fetch_or(kScheduled, std::memory_order_acq_rel);
  if ((before & (kScheduled | kRunning | kComplete)) == 0) executor_->workers()->enqueue(*this);
}

bool TaskHeader::hold_parked() noexcept {
  std::uint32_t idle = 0;
  return state().compare_exchange_strong(idle, kRunning, std::memory_order_acq_rel);
}

void TaskHeader::let_go() noexcept {
  const std::uint32_t before = state().fetch_and(~kRunning, std::memory_order_acq_rel);
  if ((before & kScheduled) != 0) executor_->workers()->enqueue(*this);
}

void TaskHeader::wake_remote() noexcept {
  if (is_shared()) return wake_shared();
  if ((shared_.load(std::memory_order_relaxed) & (kRemoteWoken | kDone)) != 0) return;
  // Acquire-release: what the waking thread did before is seen by the task once the owner has taken
  // it out of the inbox; pairs with the fetch_and in Executor::drain_inbox.
  const std::uint64_t before = shared_.fetch_or(kRemoteWoken, std::memory_order_acq_rel);
  if ((before & (kRemoteWoken | kDone)) != 0) return;
  shared_.fetch_add(kReference, std::memory_order_relaxed);  // the inbox's
  executor_->push_inbox(*this);
}

void TaskHeader::request_cancel() noexcept {
  if ((shared_.fetch_or(kCancelRequested, std::memory_order_acq_rel) & kDone) != 0) return;
  wake();
}

JoinState TaskHeader::poll_join(TaskHeader& waiter) noexcept {
  std::uint64_t state = shared_.load(std::memory_order_acquire);
  if ((state & kDone) != 0) return JoinState::kDone;
  if ((state & kJoinWaker) != 0) {
    // Take the slot back in order to write to it; kDone in the answer means complete() was first.
    state = shared_.fetch_and(~kJoinWaker, std::memory_order_acq_rel);
    if ((state & kDone) != 0) return JoinState::kDone;
  }
  joiner_.refer_to(&waiter);
  // Release: complete() sees the waiter. Acquire: where kDone was first, this thread sees the
  // result.
  state = shared_.fetch_or(kJoinWaker, std::memory_order_acq_rel);
  return (state & kDone) != 0 ? JoinState::kDone : JoinState::kWaiting;
}

void TaskHeader::drop_locals() noexcept {
  TaskExtras* const extras = extras_.load(std::memory_order_relaxed);
  if (extras != nullptr) extras->locals.reset();
}

bool TaskHeader::complete() noexcept {
  drop_locals();  // while this is still the running task
  if (is_shared()) return complete_shared();
  Executor& executor = *executor_;
  const bool queued = (flags_ & kScheduled) != 0;  // the queue keeps a reference until it is popped
  flags_ = kComplete | (queued ? kScheduled : 0);
  executor.on_complete(*this);

  const std::uint64_t own = local_refs_ - 1 + (queued ? 1 : 0);
  // All references were the owner's, and this was the last: nobody is left to tell.
  if (own == 0 && shared_.load(std::memory_order_acquire) == 0) return true;
  return publish_end(own);
}

bool TaskHeader::complete_shared() noexcept {
  state().exchange(kComplete, std::memory_order_acq_rel);
  executor_->workers()->on_complete(*this);
  return publish_end(0);
}

bool TaskHeader::publish_end(std::uint64_t own_references) noexcept {
  // While kJoinWaker is set joiner_ is ours; a reference of our own keeps the task while it is
  // read. Whoever waits for a root holds a reference to it.
  Executor& executor = *executor_;
  std::uint64_t before = shared_.load(std::memory_order_acquire);
  bool has_joiner = false;
  std::uint64_t after = 0;
  do {
    has_joiner = (before & kJoinWaker) != 0;
    after = (before | kDone) + (own_references + (has_joiner ? 1 : 0)) * kReference;
    // Release: pairs with the acquire in is_done() and poll_join(); publishes the result.
  } while (!shared_.compare_exchange_weak(before, after, std::memory_order_acq_rel,
                                          std::memory_order_acquire));
  if ((before & kRemoteWoken) != 0) ++executor.late_arrivals_;
  bool is_last = (after / kReference) == 0;
  if (has_joiner) {
    TaskRef joiner = std::move(joiner_);
    joiner.wake();
    is_last = (shared_.fetch_sub(kReference, std::memory_order_acq_rel) / kReference) == 1;
  }
  if ((before & kRoot) != 0) executor.workers()->announce_root();
  return is_last;
}

}  // namespace twofold::detail
