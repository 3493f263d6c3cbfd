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
    held.unlock();
    batch.wake();
    if (over) return;
    held.lock();
  }
}

}  // namespace twofold::detail
