// TaskHeader: what threads other than the owner do, and completion. What differs with several
// workers is in task_on_workers.cpp.
#include "twofold/task/header.hpp"

#include "twofold/executor/workers.hpp"

namespace twofold::detail {

extern "C" {
[[gnu::used]] constinit thread_local Executor* twofold_current_executor = nullptr;
constinit Executor* twofold_executors[1 << 16] = {};
}

void TaskHeader::wake() noexcept {
  if (is_here()) [[likely]] {
    if ((flags_ & (kScheduled | kComplete)) == 0) executor().schedule(*this);
  } else {
    wake_remote();
  }
}

void TaskHeader::release_shared() noexcept {
  // Release: what this holder did with the task is over before it is destroyed; acquire: the last
  // one sees what the others did. Before kDone the owner's half of the count is not in yet, so the
  // count alone says nothing. Who holds the last one need not write it: nobody else is left.
  const std::uint64_t now = shared_.load(std::memory_order_acquire);
  if ((now & kDone) != 0 && now / kReference == 1) return ops().destroy(*this);
  if ((now & (kShared | kDone)) == kShared && release_on_worker(now)) return;
  const std::uint64_t before = shared_.fetch_sub(kReference, std::memory_order_acq_rel);
  if ((before & kDone) != 0 && (before / kReference) == 1) ops().destroy(*this);
}

bool TaskHeader::is_running() const noexcept { return executor().running() == this; }

void TaskHeader::wake_remote() noexcept {
  if (is_shared()) {
    if (Worker* const worker = Workers::worker_here(executor())) return worker->wake(*this);
  }
  wake_elsewhere();
}

// By a thread that may not touch the task's executor before it has said that it will: the task may
// end by another wake, and the executor with it.
void TaskHeader::wake_elsewhere() noexcept {
  // Even where it is set already: the next poll must see what this thread did before.
  // Acquire-release: what the waking thread did before is seen by the task once the owner has taken
  // it out of the inbox; pairs with the fetch_and in Executor::drain_inbox.
  leave_home();
  const std::uint64_t before = shared_.fetch_or(kRemoteWoken, std::memory_order_acq_rel);
  if ((before & (kRemoteWoken | kDone)) != 0) return;
  shared_.fetch_add(kReference, std::memory_order_relaxed);  // the inbox's
  if (is_shared()) return executor().workers()->deliver(*this);
  executor().push_inbox(*this);
}

void TaskHeader::request_cancel() noexcept {
  leave_home();
  if ((shared_.fetch_or(kCancelRequested, std::memory_order_acq_rel) & kDone) != 0) return;
  // Elsewhere the owner sees the request when it takes the task out of the inbox.
  if (is_here()) flags_ |= kToCancel;
  wake();
}

// On a thread other than the owner's, or after such a one has joined.
JoinState TaskHeader::poll_join_foreign(TaskHeader& waiter) noexcept {
  std::uint64_t state = shared_.load(std::memory_order_acquire);
  if ((state & kShared) != 0) {
    Worker* const worker = Workers::worker_here(executor());
    if (worker != nullptr && worker->join(*this, waiter)) {
      return is_done() ? JoinState::kDone : JoinState::kWaiting;
    }
    leave_home();
    state = shared_.load(std::memory_order_acquire);
  }
  // From here on complete() leaves joiner_ alone unless kJoinWaker is set. Take the slot back in
  // order to write to it; kDone in the answer means complete() was first. Not set then: it has
  // taken what the owner put there, and drop_joiner() must not give that up once more.
  while ((state & (kForeignJoin | kDone)) == 0 &&
         !shared_.compare_exchange_weak(state, state | kForeignJoin, std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
  }
  if ((state & kDone) != 0) return JoinState::kDone;
  if ((state & kJoinWaker) != 0) {
    state = shared_.fetch_and(~kJoinWaker, std::memory_order_acq_rel);
    if ((state & kDone) != 0) return JoinState::kDone;
  }
  set_joiner(waiter);
  // Release: complete() sees the waiter. Acquire: where kDone was first, this thread sees the
  // result.
  state = shared_.fetch_or(kJoinWaker, std::memory_order_acq_rel);
  return (state & kDone) != 0 ? JoinState::kDone : JoinState::kWaiting;
}

void TaskHeader::replace_joiner(TaskHeader* waiter) noexcept {
  if (waiter != nullptr) waiter->acquire();
  TaskHeader* const before = joiner_.load(std::memory_order_relaxed);
  joiner_.store(waiter, std::memory_order_relaxed);
  if (before != nullptr) before->release();
}

// The task is destroyed: nobody else refers to it.
void TaskHeader::drop_joiner() noexcept {
  const bool is_foreign = (shared_.load(std::memory_order_relaxed) & kForeignJoin) != 0;
  // (Where the owner set it, but nobody has been woken, or another has joined since.)
  if ((flags_ & kJoinerTaken) == 0 || is_foreign) replace_joiner(nullptr);
}

// True: nobody refers to the task any more. `joiner` is what the owner joined it with.
bool TaskHeader::publish_end(std::uint64_t own_references, TaskHeader* joiner) noexcept {
  // While kJoinWaker is set joiner_ is ours; a reference of our own keeps the task while it is
  // read.
  Executor& executor = this->executor();
  std::uint64_t before = shared_.load(std::memory_order_acquire);
  bool has_foreign_joiner = false;
  std::uint64_t after = 0;
  do {
    has_foreign_joiner = (before & kJoinWaker) != 0;
    after = (before | kDone) + (own_references + (has_foreign_joiner ? 1 : 0)) * kReference;
    // Release: pairs with the acquire in is_done() and poll_join(); publishes the result.
  } while (!shared_.compare_exchange_weak(before, after, std::memory_order_acq_rel,
                                          std::memory_order_acquire));
  if ((before & kRemoteWoken) != 0) ++executor.late_arrivals_;
  bool is_last = (after / kReference) == 0;
  if (has_foreign_joiner) {
    TaskHeader* const waiter = joiner_.load(std::memory_order_relaxed);
    joiner_.store(nullptr, std::memory_order_relaxed);
    TaskRef::adopt(*waiter).wake();
    is_last = (shared_.fetch_sub(kReference, std::memory_order_acq_rel) / kReference) == 1;
  } else if (joiner != nullptr && (before & kForeignJoin) == 0) {
    executor.schedule_joiner(*TaskRef::adopt(*joiner).get());
  }
  return is_last;
}

}  // namespace twofold::detail
