// Executor, Worker: how tasks come in. In one file, so that the worker's part is inlined.
#include <algorithm>
#include <new>

#include "twofold/executor/worker.hpp"
#include "twofold/executor/workers.hpp"

namespace twofold::detail {

void Executor::make_room(std::size_t tasks) {
  const std::size_t more = std::max(tasks + promised(), kRoom);
  const std::size_t used = alive_ + queued_complete_ + promised_outside_;
  queue_.reserve(used + more);
  fresh_.reserve(fresh_.size() + more);
  const std::size_t room = std::min(queue_.capacity() - used, fresh_.capacity() - fresh_.size());
  reservable_ = reserved_ - promised() + room;
}

void Executor::reserve_slow() {
  if (owner_ != this) {
    static_cast<Worker*>(this)->reserve_room(1);
  } else if (workers_ == nullptr) {
    make_room(1);
  } else {
    return workers_->reserve_outside();
  }
  ++reserved_;
}

void Executor::forgo_task() noexcept {
  if (workers_ != nullptr) return workers_->forgo_outside();
  --reserved_;
}

void Worker::reserve_room(std::size_t tasks) {
  if (reservable_ - reserved_ >= tasks) return;
  const Here here(lock_);
  make_room(tasks);
}

bool Worker::has_room(std::size_t tasks) noexcept {
  try {
    reserve_room(tasks);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// It was spawned on this thread. Hot path, guarded by the `skynet` workload with two workers: the
// slow way is out of line, and nothing is kept for after it.
[[gnu::always_inline]] inline void Worker::admit_here(TaskHeader& task) noexcept {
  if (!lock_.try_enter()) [[unlikely]]
    return admit_slowly(task);
  task.set_id(new_id());
  list_plain(task, TaskHeader::kScheduled);
  fresh_.push(&task);
  lock_.leave();
  workers_.wake_for_more();
}

// The lock has been tried.
[[gnu::noinline]] void Worker::admit_slowly(TaskHeader& task) noexcept {
  {
    const Here here(lock_);
    enter_new(task);
    fresh_.push(&task);
  }
  if (told_ != nullptr) [[unlikely]]
    told_->spawned({.task = task.id(), .name = task.name(), .worker = index_});
  workers_.wake_for_more();
}

void Executor::admit_slow(TaskHeader& task) noexcept {
  if (owner_ != this) [[likely]]
    return static_cast<Worker*>(this)->admit_here(task);
  if (workers_ != nullptr) return workers_->admit_outside(task);
  admit_own(task);
  trace_spawned(task);
}

}  // namespace twofold::detail
