#include "twofold/blocking/blocking_pool.hpp"

#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace twofold::detail {
namespace {

// Longer than that is for good: the end of the wait could not be told on the clock.
constexpr std::chrono::hours kForGood(24 * 365);

// What a thread could not be made for.
[[noreturn]] void rethrow_as_no_thread() {
  try {
    throw;
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(),
                            "twofold: no thread for blocking work; raise the limit of processes "
                            "(ulimit -u) or of the control group (pids.max)");
  }
}

}  // namespace

struct BlockingPool::State {
  mutable std::mutex mutex;
  std::condition_variable work_came;
  std::condition_variable thread_ended;
  std::deque<std::shared_ptr<BlockingJob>> queue;
  std::size_t most_threads = 0;
  std::chrono::nanoseconds keep_alive{};
  std::size_t threads = 0;
  std::size_t idle = 0;
  bool ending = false;
};

BlockingPool::BlockingPool(std::size_t most_threads, std::chrono::nanoseconds keep_alive)
    : state_(std::make_shared<State>()) {
  state_->most_threads = most_threads;
  state_->keep_alive = keep_alive;
}

BlockingPool::~BlockingPool() { shut_down(std::chrono::nanoseconds::max()); }

void BlockingPool::submit(std::shared_ptr<BlockingJob> job) {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  state.queue.push_back(std::move(job));
  if (state.idle >= state.queue.size()) {
    state.work_came.notify_one();
    return;
  }
  if (state.threads == state.most_threads) return;  // it waits for its turn
  try {
    std::thread(work, state_).detach();
    ++state.threads;
  } catch (...) {
    if (state.threads != 0) return;  // it waits for one of these
    state.queue.pop_back();
    rethrow_as_no_thread();
  }
}

void BlockingPool::work(const std::shared_ptr<State>& shared) noexcept {
  State& state = *shared;
  std::unique_lock lock(state.mutex);
  while (true) {
    if (state.queue.empty()) {
      if (state.ending) break;
      ++state.idle;
      const auto has_come = [&] { return !state.queue.empty() || state.ending; };
      bool came = true;
      if (state.keep_alive >= kForGood) {
        state.work_came.wait(lock, has_come);
      } else {
        came = state.work_came.wait_for(lock, state.keep_alive, has_come);
      }
      --state.idle;
      if (!came) break;
      continue;
    }
    std::shared_ptr<BlockingJob> job = std::move(state.queue.front());
    state.queue.pop_front();
    lock.unlock();
    job->run();
    job.reset();
    lock.lock();
  }
  --state.threads;
  // Under the lock, and the last thing that is done with it: who waits may end the process.
  state.thread_ended.notify_all();
}

void BlockingPool::shut_down(std::chrono::nanoseconds grace) noexcept {
  State& state = *state_;
  std::deque<std::shared_ptr<BlockingJob>> discarded;
  std::unique_lock lock(state.mutex);
  if (std::exchange(state.ending, true)) return;
  discarded.swap(state.queue);
  state.work_came.notify_all();
  const auto all_ended = [&] { return state.threads == 0; };
  if (grace >= kForGood) {
    state.thread_ended.wait(lock, all_ended);
  } else if (!state.thread_ended.wait_for(lock, grace, all_ended)) {
    std::fprintf(stderr,
                 "twofold: %zu blocking calls still run after the grace time of the runtime's end; "
                 "they are left to themselves\n",
                 state.threads);
  }
}

bool BlockingPool::is_busy() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return !state_->queue.empty() || state_->threads != state_->idle;
}

std::size_t BlockingPool::threads() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->threads;
}

}  // namespace twofold::detail
