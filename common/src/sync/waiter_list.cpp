// WaiterList: ending the wait of all.
#include "twofold/sync/detail/waiter_list.hpp"

namespace twofold::detail {

// The waiters move to a list of our own first: those who come while the lock is released between
// two batches queue up in the owner's list and are not woken. A waiter can leave either list, since
// unlinking needs no list.
void end_all(WaiterList& list, Turn how, std::unique_lock<SpinLock>& held) noexcept {
  WaiterList ours;
  ours.take_all(list);
  WakeBatch batch;
  for (;;) {
    while (!ours.empty() && !batch.full()) batch.add(ours.end_first(how));
    const bool over = ours.empty();
    if (!over) list.begin_gap();
    held.unlock();
    batch.wake();
    if (over) return;
    held.lock();
    list.end_gap();
  }
}

void WaiterList::await_end_of_gaps(SpinLock& lock) const noexcept {
  for (unsigned round = 0;; ++round) {
    {
      const std::lock_guard held(lock);
      if (gaps_ == 0) return;
    }
    pause_a_while(round);
  }
}

}  // namespace twofold::detail
