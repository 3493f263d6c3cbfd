// BlockingPool: threads for work that blocks, so that it does not stop a worker.
//
// Used by spawn_blocking, files and name resolution. One pool a runtime; threads are started as
// work comes, up to a limit, and end when they have been idle for a while (as in Tokio).
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

namespace twofold::detail {

/// A piece of blocking work. Run once by a thread of the pool, or discarded when the pool ends
/// before its turn.
class BlockingJob {
 public:
  BlockingJob() = default;
  BlockingJob(const BlockingJob&) = delete;
  BlockingJob& operator=(const BlockingJob&) = delete;
  virtual ~BlockingJob() = default;

  virtual void run() noexcept = 0;
};

class BlockingPool {
 public:
  BlockingPool(std::size_t most_threads, std::chrono::nanoseconds keep_alive);
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  ~BlockingPool();

  /// Queues `job`; it starts at once where a thread is idle or may be started. Throws
  /// std::system_error where there is no thread at all and the kernel refuses one. Any thread.
  void submit(std::shared_ptr<BlockingJob> job);

  /// Discards what is queued and waits for what runs, at most `grace`. What still runs then is left
  /// to itself (a thread cannot be stopped), and reported on standard error. Called once.
  void shut_down(std::chrono::nanoseconds grace) noexcept;

  /// Whether a job runs or is queued.
  [[nodiscard]] bool is_busy() const noexcept;
  /// Threads that are there.
  [[nodiscard]] std::size_t threads() const noexcept;

 private:
  struct State;
  static void work(const std::shared_ptr<State>& state) noexcept;

  // Threads hold it too: one that outlives the pool's grace outlives the pool.
  std::shared_ptr<State> state_;
};

}  // namespace twofold::detail
