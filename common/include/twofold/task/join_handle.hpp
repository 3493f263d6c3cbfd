// JoinHandle<T>: a task's result, as a future.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "twofold/future.hpp"
#include "twofold/task/header.hpp"
#include "twofold/task/outcome.hpp"

namespace twofold {

/// Names a task among those of its runtime, for as long as that lives.
enum class TaskId : std::uint64_t {};

/// Awaiting it gives the task's T, rethrows the exception that ended the task, or throws
/// TaskAborted. Movable until it is first polled. Dropping it detaches the task. One task may await
/// it at a time; the other functions may be called from any thread. Cancelling an await of it loses
/// nothing: the result stays in the task.
template <class T>
class JoinHandle {
 public:
  using Output = T;

  /// For the runtimes: `task` was just made, its outcome is an Outcome<T>. Takes over the maker's
  /// reference.
  explicit JoinHandle(detail::TaskHeader& task) noexcept : task_(detail::TaskRef::adopt(task)) {}
  JoinHandle(JoinHandle&&) noexcept = default;
  JoinHandle& operator=(JoinHandle&&) noexcept = default;

  Poll<T> poll(Context& context) {
    if (task().poll_join(context.task()) == detail::JoinState::kWaiting) {
      context.task().set_waits_for(detail::WaitsFor::kJoin);
      return Pending;
    }
    if constexpr (std::is_void_v<T>) {
      take();
      return Ready();
    } else {
      return Poll<T>(std::in_place, take());
    }
  }

  /// Asks the task to end where it is parked, or where it next parks; its destructors run, and who
  /// awaits it gets TaskAborted. Nothing happens to a task that has ended.
  void abort() noexcept { task_.get()->request_cancel(); }
  [[nodiscard]] bool is_finished() const noexcept { return task_.get()->is_done(); }
  [[nodiscard]] TaskId id() const noexcept { return TaskId{task_.get()->id()}; }

  /// For the runtimes: the task, and its result once it is finished.
  [[nodiscard]] detail::TaskHeader& task() const noexcept { return *task_.get(); }
  T take() { return static_cast<detail::Outcome<T>*>(task().ops().outcome(task()))->take(); }

 private:
  detail::TaskRef task_;
};

}  // namespace twofold
