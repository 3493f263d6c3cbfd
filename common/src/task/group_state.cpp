#include "twofold/task/group_state.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace twofold {
namespace detail {

void GroupState::enter() {
  std::vector<JoinHandle<void>> ended;  // dropped after the lock
  const std::lock_guard lock(lock_);
  make_room(ended);
  ++alive_;
}

void GroupState::keep(JoinHandle<void> handle) {
  std::vector<JoinHandle<void>> ended;
  const std::lock_guard lock(lock_);
  if (aborting_) {
    handle.abort();
    return;
  }
  try {
    make_room(ended);
  } catch (...) {
    handle.abort();
    throw;
  }
  handles_.push_back(std::move(handle));
}

// With the lock: for one more handle.
void GroupState::make_room(std::vector<JoinHandle<void>>& ended) {
  if (handles_.size() != handles_.capacity()) return;
  // Amortized: at most as many ended handles are kept as there are tasks.
  const auto first_ended = std::partition(handles_.begin(), handles_.end(),
                                          [](const auto& kept) { return !kept.is_finished(); });
  // All the memory first: the handles stay where it cannot be had.
  const auto left = static_cast<std::size_t>(first_ended - handles_.begin());
  ended.reserve(handles_.size() - left);
  std::vector<JoinHandle<void>> kept;
  kept.reserve(2 * left + 8);
  std::move(first_ended, handles_.end(), std::back_inserter(ended));
  handles_.erase(first_ended, handles_.end());
  std::move(handles_.begin(), handles_.end(), std::back_inserter(kept));
  handles_.swap(kept);
}

void GroupState::end(std::exception_ptr error) noexcept {
  TaskRef joiner;
  bool is_first_failure = false;
  {
    const std::lock_guard lock(lock_);
    --alive_;
    if (error != nullptr && error_ == nullptr && !aborting_) {
      error_ = std::move(error);
      is_first_failure = true;
    }
    if (alive_ == 0) joiner = std::move(joiner_);
  }
  if (is_first_failure) abort_all();
  joiner.wake();
}

void GroupState::abort_all() noexcept {
  std::vector<JoinHandle<void>> handles;
  {
    const std::lock_guard lock(lock_);
    aborting_ = true;
    handles.swap(handles_);
  }
  for (JoinHandle<void>& handle : handles) handle.abort();
}

std::size_t GroupState::alive() const noexcept {
  const std::lock_guard lock(lock_);
  return alive_;
}

bool GroupState::poll_join(TaskHeader& task, std::exception_ptr& error) noexcept {
  TaskRef before;  // dropped after the lock: it may be the last one
  const std::lock_guard lock(lock_);
  if (alive_ == 0) {
    error = std::exchange(error_, nullptr);
    return true;
  }
  if (joiner_.get() != &task) before = std::exchange(joiner_, TaskRef(&task));
  return false;
}

}  // namespace detail

Poll<Unit> GroupJoin::poll(Context& context) {
  std::exception_ptr error;
  if (!state_->poll_join(context.task(), error)) {
    context.task().set_waits_for(detail::WaitsFor::kGroup);
    return Pending;
  }
  if (error != nullptr) std::rethrow_exception(std::move(error));
  return Ready();
}

}  // namespace twofold
