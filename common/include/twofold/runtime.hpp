// BasicRuntime: one executor and the tasks on it. `Runtime` is this for the chosen mechanism.
//
// A mechanism is what a runtime supplies: `Result<F, Args...>` (what an async function gives),
// `create(executor, f, args...)` (a task that is not admitted yet) and `memory()` (what the state
// of all tasks takes).
#pragma once

#include <memory>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "twofold/executor/executor.hpp"
#include "twofold/executor/options.hpp"
#include "twofold/task/join_handle.hpp"

namespace twofold {
namespace detail {

template <class Mechanism, class F, class... Args>
using TaskResult = typename Mechanism::template Result<F, Args...>;

[[noreturn]] void throw_no_runtime(const char* operation);
[[noreturn]] void throw_nested_block_on();

/// The executor that runs on this thread. Throws std::logic_error outside of a runtime.
[[nodiscard]] inline Executor& require_executor_here(const char* operation) {
  Executor* const here = current_executor();
  if (here == nullptr) [[unlikely]]
    throw_no_runtime(operation);
  return *here;
}
/// The one that the tasks which run here name as theirs.
[[nodiscard]] inline Executor& require_executor(const char* operation) {
  return require_executor_here(operation).owner();
}

/// Room for one task, until it is admitted, or cannot be made.
class [[nodiscard]] TaskRoom {
 public:
  /// `executor`: which runs on this thread, or an owner. Throws std::bad_alloc.
  explicit TaskRoom(Executor& executor) : executor_(&executor) { executor.reserve_task(); }
  ~TaskRoom() {
    if (executor_ != nullptr) [[unlikely]]
      executor_->forgo_task();
  }
  TaskRoom(const TaskRoom&) = delete;
  TaskRoom& operator=(const TaskRoom&) = delete;

  void admit(TaskHeader& task) noexcept { std::exchange(executor_, nullptr)->admit(task); }

 private:
  Executor* executor_;
};

/// `executor`: as TaskRoom's.
template <class Mechanism, class F, class... Args>
[[nodiscard]] JoinHandle<TaskResult<Mechanism, F, Args...>> spawn_on(Executor& executor, F&& f,
                                                                     Args&&... args) {
  TaskRoom room(executor);
  TaskHeader& task =
      Mechanism::create(executor.owner(), std::forward<F>(f), std::forward<Args>(args)...);
  // First, since another worker may run the task to its end at once.
  JoinHandle<TaskResult<Mechanism, F, Args...>> handle(task);
  room.admit(task);
  return handle;
}

template <class Mechanism, class F, class... Args>
[[nodiscard]] JoinHandle<TaskResult<Mechanism, F, Args...>> spawn_named_on(Executor& executor,
                                                                           const char* name, F&& f,
                                                                           Args&&... args) {
  auto extras = std::make_unique<TaskExtras>();
  extras->name.store(name, std::memory_order_relaxed);
  TaskRoom room(executor);
  TaskHeader& task =
      Mechanism::create(executor.owner(), std::forward<F>(f), std::forward<Args>(args)...);
  task.set_extras(std::move(extras));
  JoinHandle<TaskResult<Mechanism, F, Args...>> handle(task);
  room.admit(task);
  return handle;
}

}  // namespace detail

/// Owns an executor and, until it is destroyed, the tasks spawned on it: those that are left are
/// cancelled then. A task must not destroy the runtime that runs it: the program is stopped with a
/// message. With one worker not for use by two threads at once; with several, threads may
/// call block_on side by side.
template <class Mechanism>
class BasicRuntime {
 public:
  /// Throws std::system_error where the kernel gives no epoll instance or no thread,
  /// std::invalid_argument for options that cannot be met.
  explicit BasicRuntime(const RuntimeOptions& options = {}) : executor_(options) {}
  BasicRuntime(const BasicRuntime&) = delete;
  BasicRuntime& operator=(const BasicRuntime&) = delete;
  ~BasicRuntime() { executor_.shut_down(); }

  /// Runs f(args...), an async function, or a Future, to its end, and the spawned tasks meanwhile:
  /// with one worker on this thread. Gives its result or rethrows its exception. Throws Deadlock
  /// when nothing can ever wake it, std::logic_error inside a task. Tasks that are left over go on
  /// with the next block_on.
  template <class F, class... Args>
  detail::TaskResult<Mechanism, F, Args...> block_on(F&& f, Args&&... args) {
    // Before there is a task, which this thread would have to wait for.
    if (detail::current_executor() != nullptr) detail::throw_nested_block_on();
    auto handle =
        detail::spawn_on<Mechanism>(executor_, std::forward<F>(f), std::forward<Args>(args)...);
    detail::TaskHeader& root = handle.task();
    try {
      executor_.run_until(root);
    } catch (...) {
      executor_.cancel_now(root);
      throw;
    }
    return handle.take();
  }

  /// Counts of this runtime, and the memory of frames or stacks of the process. On the runtime's
  /// thread, or while nothing runs; with several workers on any thread, taking the lock of each.
  [[nodiscard]] ExecutorMetrics metrics() const noexcept {
    ExecutorMetrics metrics = executor_.metrics();
    metrics.memory = Mechanism::memory();
    return metrics;
  }
  /// Every live task with its name, what it waits for and the functions it is suspended in. On the
  /// runtime's thread, or while nothing runs; with several workers on any thread.
  void dump_tasks(std::ostream& to) const { detail::dump_tasks(executor_, to); }

 private:
  detail::Executor executor_;
};

}  // namespace twofold
