// TaskGroup of the stackless runtime.
#pragma once

#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

#include "twofold/stackless/runtime.hpp"
#include "twofold/task/group_state.hpp"

namespace twofold {
inline namespace stackless {
namespace coro {

/// What a task of a group runs. It calls the function itself, and not a future that would: so the
/// function is in the task's own chain, and in its stack as it is listed.
template <class F, class... Args>
Async<void> run_member(twofold::detail::GroupMembership membership, F callable, Args... args) {
  std::exception_ptr error;
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, Args...>>) {
      std::invoke(callable, std::move(args)...);
    } else {
      (void)co_await std::invoke(callable, std::move(args)...);
    }
  } catch (...) {
    error = std::current_exception();
  }
  if (error != nullptr) membership.failed(std::move(error));
}

/// The same for a coroutine that has all that it needs, and so is made when it is spawned: where
/// there is no memory for it the spawn fails, and not the group.
template <class T>
Async<void> await_member(twofold::detail::GroupMembership membership, Async<T> call) {
  std::exception_ptr error;
  try {
    (void)co_await call;
  } catch (...) {
    error = std::current_exception();
  }
  if (error != nullptr) membership.failed(std::move(error));
}

}  // namespace coro

/// Structured concurrency: tasks that end together.
///
///     TaskGroup group;
///     for (auto& url : urls) group.spawn(fetch, url);
///     TF_AWAIT(group.join());  // rethrows the first failure, which has aborted the others
///
/// Destroying it aborts what is left, and does not wait for it. Used by one task at a time; the
/// tasks themselves may be on any worker.
class TaskGroup : public TaskGroupBase {
 public:
  /// Starts f(args...) as a task of the group; what it returns is dropped. In a group that has
  /// failed or was aborted it is aborted at once. Throws as spawn does.
  template <class F, class... Args>
  void spawn(F&& f, Args&&... args) {
    state_->enter();
    twofold::detail::GroupMembership membership(state_);  // leaves the group where spawn throws
    if constexpr (coro::kKeepsNoCall<std::decay_t<F>, std::decay_t<Args>...>) {
      auto call = f(std::decay_t<Args>(std::forward<Args>(args))...);
      state_->keep(stackless::spawn(&coro::await_member<typename decltype(call)::Output>,
                                    std::move(membership), std::move(call)));
    } else {
      state_->keep(stackless::spawn(&coro::run_member<std::decay_t<F>, std::decay_t<Args>...>,
                                    std::move(membership), std::forward<F>(f),
                                    std::forward<Args>(args)...));
    }
  }
};

}  // namespace stackless
}  // namespace twofold
