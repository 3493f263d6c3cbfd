// Watcher: one thread of the process that looks after workers from outside: it finds tasks that
// keep their worker for too long, and lists tasks when SIGQUIT comes.
//
// It is started by the first runtime that asks (RuntimeOptions::stall_threshold, dump_on_sigquit)
// and stays. Workers pay nothing for being watched: it reads what they count anyway. A worker that
// is not asleep and whose count of resumed tasks stands still runs one task for all that time. The
// watcher then asks the worker's thread, by a signal (SIGURG, which Go's scheduler uses for the
// same reason: it is ignored by default and nobody else's), where it is: the handler notes the task
// and the stack in memory made beforehand, and the watcher puts names to it.
//
// Whoever is watched leaves before it is destroyed, and waits while the watcher looks at it.
#pragma once

#include <pthread.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "twofold/debug/stall.hpp"

namespace twofold::detail {

class Executor;

/// A worker, as the watcher sees it.
struct WatchedWorker {
  pthread_t thread;
  const Executor* executor;
  std::uint64_t (*polls)(const Executor&) noexcept;  ///< tasks resumed so far
  bool (*is_asleep)(const Executor&) noexcept;
  std::chrono::nanoseconds threshold;
  StallReporter report;
};

/// Starts the thread, where it does not run yet. Throws std::system_error where there is none,
/// std::bad_alloc.
void start_watcher();

/// Watches the calling thread, a worker, for as long as this lives; nothing where the threshold is
/// 0, or where there is no memory for it.
class StallWatch {
 public:
  explicit StallWatch(const WatchedWorker& worker) noexcept;
  StallWatch(const StallWatch&) = delete;
  StallWatch& operator=(const StallWatch&) = delete;
  ~StallWatch();

 private:
  const void* entry_ = nullptr;
};

/// Has the tasks of `executor` written to standard error whenever SIGQUIT comes, which does not end
/// the program from then on. Throws as start_watcher() does.
void dump_on_sigquit(Executor& executor);
/// No more; nothing where it was not asked for.
void forget_sigquit(Executor& executor) noexcept;

/// Threads of the watcher in this process: 0 or 1.
[[nodiscard]] std::size_t watcher_threads() noexcept;

}  // namespace twofold::detail
