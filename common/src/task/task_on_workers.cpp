// TaskHeader: what is different with several workers.
//
// "The lock" is that of the worker which the task is at home on (OwnerLock).
#include "twofold/executor/workers.hpp"
#include "twofold/task/header.hpp"

namespace twofold::detail {

bool TaskHeader::runs_here() const noexcept {
  Executor* const current = current_executor();
  return current != nullptr && current->running() == this;
}

// With the lock.
void TaskHeader::let_others_touch() noexcept {
  const std::uint64_t state = shared_.load(std::memory_order_relaxed);
  if ((state & kAtHome) != 0) shared_.store(state & ~kAtHome, std::memory_order_relaxed);
}

// Afterwards the task has left home, or is complete: either way its worker does not write shared_
// by a plain store any more.
void TaskHeader::leave_home_now() noexcept {
  // Of who is no worker, the runtime waits (Workers::let_out()), unless the task is complete: then
  // it may be gone.
  std::unique_lock pinned(Workers::outsiders(), std::defer_lock);
  Executor* const current = current_executor();
  if (current == nullptr || current->owner().value != executor_) {
    pinned.lock();
    if (is_done()) return;
  }
  const AtHome here(*executor().workers(), *this);
  let_others_touch();
}

void TaskHeader::acquire_elsewhere() noexcept {
  leave_home();
  if (is_shared() && runs_here()) {
    acquire_here();
    return;
  }
  // Relaxed: whoever acquires holds a reference, so the count cannot fall to zero meanwhile.
  shared_.fetch_add(kReference, std::memory_order_relaxed);
}

// `state` is what shared_ was, without kDone. True: the reference has been given up among the
// worker's own.
bool TaskHeader::release_on_worker(std::uint64_t state) noexcept {
  if (runs_here()) {
    release_here();  // the executor has one until complete()
    return true;
  }
  if ((state & kAtHome) == 0) return false;
  Worker* const worker = Workers::worker_here(executor());
  if (worker != nullptr && worker->release(*this)) return true;
  leave_home();
  return false;
}

std::optional<WaitsFor> TaskHeader::hold_parked() noexcept {
  const AtHome here(*executor().workers(), *this);
  const std::uint32_t now = flags();
  if ((now & (kScheduled | kRunning | kComplete | kHeld)) != 0) return std::nullopt;
  set_flags(now | kHeld);
  return waits_for();
}

void TaskHeader::let_go() noexcept {
  Workers& workers = *executor().workers();
  {
    const AtHome here(workers, *this);
    const std::uint32_t now = flags() & ~kHeld;
    set_flags(now);
    if ((now & kScheduled) == 0) return;
    here.worker().queue_.push(this);
  }
  workers.call(*this);
}

// On its own worker, which it has run on until now. Hot path, guarded by the `skynet` workload with
// two workers, where nobody elsewhere has ever known of the task and nobody waits for it yet: all
// else is out of line, and nothing is kept for after it.
bool TaskHeader::complete_shared() noexcept {
  Worker& worker = static_cast<Worker&>(*current_executor());
  if (!worker.lock_.try_enter()) [[unlikely]]
    return complete_known(worker);
  const std::uint32_t now = flags();
  // Acquire: what others did with references of theirs is over.
  const std::uint64_t before = shared_.load(std::memory_order_acquire);
  if ((now & (kScheduled | kJoined)) != 0 || before != (kShared | kAtHome)) [[unlikely]]
    return complete_known(worker);
  worker.unlist(*this);
  ++worker.ended_;
  if (worker.running_ == this) worker.running_ = nullptr;
  set_flags((now & kHome) | kComplete);
  const std::uint64_t own = local_ / kLocalReference - 1;
  // Release: pairs with the acquire in is_done() and poll_join(); publishes the result.
  shared_.store((kShared | kDone) + own * kReference, std::memory_order_release);
  worker.lock_.leave();
  return own == 0;
}

// The lock has been tried.
[[gnu::noinline]] bool TaskHeader::complete_known(Worker& worker) noexcept {
  worker.lock_.leave();
  if (worker.told_ != nullptr) [[unlikely]]
    worker.told_->ended({.task = id(), .name = name(), .worker = worker.index_});
  TaskHeader* joiner = nullptr;
  bool has_more = false;
  bool is_plain = false;
  std::uint64_t own = 0;
  std::uint64_t before = 0;
  {
    const Worker::Here here(worker.lock_);
    const std::uint32_t now = flags();
    worker.strike_off(*this);
    is_plain = !worker.is_closing_;
    const bool queued = (now & kScheduled) != 0;
    if (queued) ++worker.queued_complete_;
    own = local_ / kLocalReference - 1 + (queued ? 1 : 0);
    set_flags((now & (kHome | kScheduled | kJoined)) | kComplete);
    // Acquire: what others did with references of theirs is over.
    before = shared_.load(std::memory_order_acquire);
    const bool is_known = (before & kAtHome) == 0;
    // Where all references were the worker's, and this was the last, nobody is left to tell.
    if (own != 0 || (before & ~kAtHome) != kShared) {
      // Ours, unless somebody joined elsewhere: see poll_join_foreign().
      if ((now & kJoined) != 0) {
        joiner = joiner_.load(std::memory_order_relaxed);
        set_flags(flags() | kJoinerTaken);
      }
      // Release: pairs with the acquire in is_done() and poll_join(); publishes the result.
      if (!is_known) [[likely]] {
        shared_.store(((before & ~kAtHome) | kDone) + own * kReference, std::memory_order_release);
      } else if (before != kShared || !shared_.compare_exchange_strong(
                                          before, (kShared | kDone) + own * kReference,
                                          std::memory_order_acq_rel, std::memory_order_acquire)) {
        is_plain = false;
        before = worker.publish_end(*this, own, before);
        if ((before & kForeignJoin) != 0) joiner = nullptr;  // still in joiner_, or replaced
      }
      if (joiner != nullptr && worker.take_over_join(*joiner, has_more)) joiner = nullptr;
    }
  }
  // The task may be gone.
  if (joiner != nullptr) [[unlikely]]
    TaskRef::adopt(*joiner).wake();
  if (has_more) worker.workers_.wake_for_more();
  if (!is_plain) [[unlikely]]
    return worker.finish_end(*this, own, before);
  return own == 0;
}

}  // namespace twofold::detail
