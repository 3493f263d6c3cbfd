// Deadlock: when it is certain that nothing can ever wake a task, and what is said then.
#include <dirent.h>

#include <sstream>
#include <thread>

#include "twofold/debug/watcher.hpp"
#include "twofold/executor/executor.hpp"

namespace twofold::detail {
namespace {

// Threads of this process, or 0 where /proc does not tell.
std::size_t count_threads() noexcept {
  DIR* directory = ::opendir("/proc/self/task");
  if (directory == nullptr) return 0;
  std::size_t threads = 0;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') ++threads;
  }
  ::closedir(directory);
  return threads;
}

#if defined(__SANITIZE_THREAD__)
#define TWOFOLD_HAS_SANITIZER_THREAD 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TWOFOLD_HAS_SANITIZER_THREAD 1
#endif
#endif

// Threads that ThreadSanitizer runs for itself: one, from the first thread that the process starts.
std::size_t count_sanitizer_threads() {
#if defined(TWOFOLD_HAS_SANITIZER_THREAD)
  static const std::size_t count = (std::thread([] {}).join(), 1);
  return count;
#else
  return 0;
#endif
}

}  // namespace

// Now, so that it is there when threads are counted.
void Executor::prepare_to_count_threads() { (void)count_sanitizer_threads(); }

// Certain only where nobody else can wake a task: no timer (the caller looked), no descriptor
// waited for, no blocking work, and no other thread in this process that might hold a waker (in
// deterministic mode no thread may: it would not come from the seed).
bool Executor::is_deadlocked() const noexcept {
  // The threads first: one that is still there might put a task in the inbox and end after the
  // inbox was looked at. Acquire: pairs with push_inbox.
  const bool is_only_source_of_wakes = random_ ? !has_blocking_work() : is_alone(1);
  return timers_.empty() && is_only_source_of_wakes &&
         inbox_.load(std::memory_order_acquire) == nullptr;
}

bool Executor::is_alone(std::size_t own) const noexcept {
  if (has_blocking_work()) return false;
  const std::size_t idle_threads = blocking_pool_ != nullptr ? blocking_pool_->threads() : 0;
  return count_threads() == own + count_sanitizer_threads() + idle_threads + watcher_threads();
}

void Executor::throw_deadlock() const {
  std::ostringstream text;
  text << "twofold: deadlock: every task waits and nothing can wake one\n";
  dump_tasks(*this, text);
  throw Deadlock(text.str());
}

}  // namespace twofold::detail
