// Worker: taking tasks from other workers, and when to look for them.
#include <algorithm>

#include "twofold/executor/worker.hpp"
#include "twofold/executor/workers.hpp"

namespace twofold::detail {
namespace {

// xorshift64 (Marsaglia 2003): which victim is asked first.
std::uint64_t next_random(std::uint64_t& state) noexcept {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

}  // namespace

void Worker::stop_searching() noexcept {
  is_searching_ = false;
  is_impatient_ = false;
  has_run_ = true;
  // The last to stop wakes the next, if there is something for it; or nobody waits for events,
  // which is not left to a worker that may be kept by a task for long.
  if (workers_.idle_.end_search() &&
      (!workers_.has_reactor_sleeper_.load(std::memory_order_relaxed) || workers_.has_work())) {
    workers_.wake_one();
  }
}

// The queues are read from another thread, see RunQueue::glance().
#if defined(__clang__) || defined(__SANITIZE_THREAD__)
__attribute__((no_sanitize("thread")))
#endif
std::size_t
Worker::glance(bool is_impatient) const noexcept {
  std::size_t sum = fresh_.glance() + queue_.glance();
  if (is_impatient && *static_cast<TaskHeader* const volatile*>(&lifo_) != nullptr) ++sum;
  if (sum != 0 && is_queued_again_.load(std::memory_order_relaxed)) --sum;
  return sum;
}

bool Worker::has_anything() const noexcept {
  return glance(true) != 0 || inbox_.load(std::memory_order_seq_cst) != nullptr;
}

// True: there may be something to run here.
bool Worker::search() noexcept {
  if (!is_searching_) {
    if (!workers_.idle_.begin_search()) return false;
    is_searching_ = true;
  }
  const auto others = static_cast<std::uint32_t>(count_of_workers_ - 1);
  // Who was woken looks once: its work is there by now, or it is to wait for events.
  const std::uint32_t rounds = has_run_ ? kSearchRounds : 1;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    // A single task is most often what its worker is about to run; it is taken when it stays.
    const std::size_t least = has_run_ && 2 * round < kSearchRounds ? 2 : 1;
    const std::uint64_t start = next_random(random_);
    for (std::uint32_t i = 0; i < others; ++i) {
      const std::uint64_t away = 1 + (start + i) % others;
      Worker& victim = *workers_.workers_[(index_ + away) % workers_.workers_.size()];
      const std::size_t inbox = victim.inbox_.load(std::memory_order_relaxed) != nullptr ? 1 : 0;
      if (victim.glance(is_impatient_) + inbox >= least && steal_from(victim)) return true;
    }
    if (inbox_.load(std::memory_order_relaxed) != nullptr) return true;
    if (workers_.idle_.are_awake_at_most(1)) round += kSearchRounds / 2;  // nobody makes more
    for (std::uint32_t i = 0; i < kPausesBetweenRounds; ++i) pause_a_while(0);
  }
  return false;
}

// With the victim's lock.
void Worker::give_some(const Worker& thief, Taken& taken) noexcept {
  // Whole trees of tasks: the nearer to the root, the better. The oldest first.
  std::size_t amount = std::min<std::size_t>((fresh_.size() + 1) / 2, kMostTaken);
  taken.are_fresh = amount != 0;
  for (; amount != 0; --amount) taken.tasks[taken.count++] = fresh_.pop();
  if (taken.count == 0) {
    // Behind what the thief has, where it has tasks: then those that have just run, for the others
    // would lose their turn.
    const bool newest = thief.queue_.glance() != 0;  // without its lock
    // Several where one runs on top of another, or one is about to end and has taken its successor:
    // see begin_new_on_top() and take_at_end().
    TaskHeader* running[kMostTaken];
    std::uint32_t running_count = 0;
    amount = std::min<std::size_t>((queue_.size() + 1) / 2, kMostTaken);
    for (; amount != 0; --amount) {
      TaskHeader* const task = newest ? queue_.pop_newest() : queue_.pop();
      const std::uint32_t flags = task->flags();
      if ((flags & TaskHeader::kRunning) != 0) {
        running[running_count++] = task;
      } else if ((flags & TaskHeader::kComplete) != 0) {
        --queued_complete_;
        ++attended_;
        task->set_flags(flags & ~TaskHeader::kScheduled);
        taken.ended[taken.ended_count++] = task;
      } else {
        taken.tasks[taken.count++] = task;
      }
    }
    for (std::uint32_t i = 0; i < running_count; ++i) queue_.push(running[i]);
  }
  if (taken.count == 0 && thief.is_impatient_ && lifo_ != nullptr &&
      (lifo_->flags() & (TaskHeader::kRunning | TaskHeader::kComplete)) == 0) {
    taken.tasks[taken.count++] = std::exchange(lifo_, nullptr);
  }
  for (std::uint32_t i = 0; i < taken.count; ++i) {
    TaskHeader& task = *taken.tasks[i];
    unlist(task);
    task.let_others_touch();  // who has spawned it has a handle
    task.set_flags((task.flags() & ~TaskHeader::kHome) | thief.index_ << TaskHeader::kHomeShift);
  }
}

// Takes half of what is ready there. True: there is something.
bool Worker::steal_from(Worker& victim) noexcept {
  if (!has_room(kMostTaken)) return false;
  Taken taken;
  victim.lock_.claim();
  TaskHeader* const from_inbox = victim.sort_inbox();
  victim.give_some(*this, taken);
  const bool is_left_there = !victim.lock_.is_present() && victim.has_ready();
  victim.lock_.release();
  // It sleeps: what came out of its inbox was not to stay in its queue.
  if (is_left_there) workers_.unpark(victim);
  if (taken.count != 0) {
    steals_.store(steals_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    const Here here(lock_);
    reservable_ -= taken.count;
    // The oldest of those that have not begun runs next: it is the root of the largest tree, which
    // keeps this worker busy for longest, and the next largest are left for others to take.
    if (taken.are_fresh) std::rotate(taken.tasks, taken.tasks + 1, taken.tasks + taken.count);
    for (std::uint32_t i = 0; i < taken.count; ++i) {
      TaskHeader& task = *taken.tasks[i];
      list(task, task.flags());
      (taken.are_fresh ? fresh_ : queue_).push(&task);
    }
  }
  // Last: the results that go here may spawn as they do, into the room that was made.
  workers_.settle(from_inbox);
  for (std::uint32_t i = 0; i < taken.ended_count; ++i) taken.ended[i]->release();
  return taken.count != 0;
}

// Tasks that do nothing but yield never leave a worker idle, so nobody steals: each would keep what
// it happens to have, few tasks turning fast here and many slowly there. Costs two loads for as
// many tasks as lie between two looks, and only where they yield. Now and then it takes from any
// queue, so that none stays for long with a worker that does not get its core; seldom enough that
// what it takes, and has behind its own, is not the newest there when that worker takes some back.
void Worker::even_out() noexcept {
  const std::size_t others = workers_.workers_.size() - 1;
  const std::size_t away = 1 + next_random(random_) % others;
  Worker& victim = *workers_.workers_[(index_ + away) % workers_.workers_.size()];
  const std::size_t theirs = victim.queue_.glance();
  const std::size_t own = queue_.glance();
  const bool is_time = ++evened_out_ % kLooksToTrade == 0;
  if (is_time || theirs > 2 * own + 1) static_cast<void>(steal_from(victim));
}

}  // namespace twofold::detail
