// JoinAwaiter: a coroutine that waits for the end of a task.
#pragma once

#include <coroutine>

#include "twofold/stackless/chain.hpp"
#include "twofold/task/join_handle.hpp"

namespace twofold {
inline namespace stackless {
namespace coro {

template <class H>
inline constexpr bool kIsJoinHandle = false;
template <class T>
inline constexpr bool kIsJoinHandle<JoinHandle<T>> = true;

/// Of a task that gives a T, and is complete.
template <class T>
[[nodiscard]] Outcome<T>& outcome_of(TaskHeader& task) noexcept;

/// Awaits a JoinHandle in place. The result stays in the task until it is taken.
template <class T>
class [[nodiscard]] JoinAwaiter : PendingLeaf {
 public:
  explicit JoinAwaiter(JoinHandle<T>& handle) noexcept
      : PendingLeaf{&JoinAwaiter::poll_again}, handle_(handle) {}
  JoinAwaiter(const JoinAwaiter&) = delete;
  JoinAwaiter& operator=(const JoinAwaiter&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return handle_.is_finished(); }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    return join_and_switch(coroutine_of(awaiting), Leaf(*this), handle_.task());
  }
  T await_resume() { return outcome_of<T>(handle_.task()).take(); }

 private:
  static bool poll_again(PendingLeaf& leaf, Context& context) noexcept {
    TaskHeader& task = context.task();
    task.set_waits_for(twofold::detail::WaitsFor::kJoin);
    return static_cast<JoinAwaiter&>(leaf).handle_.task().poll_join(task) ==
           twofold::detail::JoinState::kDone;
  }

  JoinHandle<T>& handle_;
};

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
