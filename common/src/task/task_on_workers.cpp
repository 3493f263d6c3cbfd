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

void TaskHeader::acquire_elsewhere() noexcept {
  if (is_shared() && runs_here()) {
    acquire_here();
    return;
  }
  // Relaxed: whoever acquires holds a reference, so the count cannot fall to zero meanwhile.
  shared_.fetch_add(kReference, std::memory_order_relaxed);
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
// two workers, where nobody elsewhere has ever known of the task: all else is out of line.
bool TaskHeader::complete_shared() noexcept {
  Worker& worker = static_cast<Worker&>(*current_executor());
  if (worker.told_ != nullptr) [[unlikely]]
    worker.told_->ended({.task = id(), .name = name(), .worker = worker.index_});
  TaskHeader* joiner = nullptr;
  bool has_more = false;
  bool is_plain = false;
  std::uint64_t own = 0;
  std::uint64_t before = kShared;
  {
    const Worker::Here here(worker.lock_);
    const std::uint32_t now = flags();
    worker.strike_off(*this);
    is_plain = !worker.is_closing_;
    const bool queued = (now & kScheduled) != 0;
    if (queued) ++worker.queued_complete_;
    own = local_ / kLocalReference - 1 + (queued ? 1 : 0);
    set_flags((now & (kHome | kScheduled | kJoined)) | kComplete);
    // Where all references were the worker's, and this was the last, nobody is left to tell.
    if (own != 0 || shared_.load(std::memory_order_acquire) != kShared) {
      // Ours, unless somebody joined elsewhere: see poll_join_foreign().
      if ((now & kJoined) != 0) {
        joiner = joiner_.load(std::memory_order_relaxed);
        set_flags(flags() | kJoinerTaken);
      }
      // Release: pairs with the acquire in is_done() and poll_join(); publishes the result.
      const bool is_published =
          shared_.compare_exchange_strong(before, (kShared | kDone) + own * kReference,
                                          std::memory_order_acq_rel, std::memory_order_acquire);
      if (!is_published) [[unlikely]] {
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
