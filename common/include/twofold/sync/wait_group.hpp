// WaitGroup: waits until a number of things are done.
//
//     group.add(3); ... group.done(); ...     // from anywhere
//     TF_AWAIT(group.wait());
//
// Go's sync.WaitGroup. For tasks, TaskGroup is the better choice: it knows what it waits for.
//
// Cancelling wait() loses nothing.
#pragma once

#include <cstddef>

#include "twofold/detail/spin_lock.hpp"
#include "twofold/future.hpp"
#include "twofold/sync/detail/waiter_list.hpp"

namespace twofold {

class WaitGroup;

/// Ready when the count is zero. Made by WaitGroup::wait.
class [[nodiscard]] WaitGroupWait : detail::Waiter {
 public:
  using Output = Unit;

  explicit WaitGroupWait(WaitGroup& group) noexcept : group_(&group) {}
  WaitGroupWait(WaitGroupWait&&) noexcept = default;
  ~WaitGroupWait() {
    if (has_unspent_turn()) abandon();
  }

  Poll<Unit> poll(Context& context) noexcept;

 private:
  void abandon() noexcept;

  WaitGroup* group_;
};

/// Thread-safe. Must outlive its futures; may be destroyed by who waited, as soon as nobody else
/// waits.
class WaitGroup {
 public:
  explicit WaitGroup(std::size_t count = 0) noexcept : count_(count) {}
  WaitGroup(const WaitGroup&) = delete;
  WaitGroup& operator=(const WaitGroup&) = delete;
  ~WaitGroup() { waiters_.await_end_of_gaps(lock_); }

  /// So many more to wait for.
  void add(std::size_t count = 1) noexcept;
  /// One is done; the last one wakes all who wait. Throws std::logic_error where nothing was left
  /// to be done.
  void done();
  /// How many are not done yet.
  [[nodiscard]] std::size_t count() const noexcept;
  /// Waits until the count is zero; ready at once if it is. No allocation.
  WaitGroupWait wait() noexcept { return WaitGroupWait(*this); }

 private:
  friend class WaitGroupWait;

  mutable detail::SpinLock lock_;
  std::size_t count_;
  detail::WaiterList waiters_;
};

}  // namespace twofold
