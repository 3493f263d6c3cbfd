// A task for scenarios: a TaskHeader of the product whose poll is a function of the test.
#pragma once

#include <functional>
#include <utility>

#include "checker/checker.hpp"
#include "twofold/executor/executor.hpp"
#include "twofold/task/header.hpp"
#include "twofold/waker.hpp"

namespace twofold::model {

/// On the stack of the scenario, which adopts the reference of its maker: nothing is freed when the
/// last reference goes, so that what comes after it is noticed.
class ModelTask : public detail::TaskHeader {
 public:
  /// `poll` gives whether the task is over.
  ModelTask(detail::Executor& executor, std::function<bool(ModelTask&)> poll)
      : TaskHeader(kOps, executor), poll_(std::move(poll)) {}

  [[nodiscard]] int polls() const noexcept { return polls_; }
  [[nodiscard]] bool was_cancelled() const noexcept { return cancelled_; }
  [[nodiscard]] bool is_destroyed() const noexcept { return destroyed_; }

 private:
  static ModelTask& self(TaskHeader& task) noexcept { return static_cast<ModelTask&>(task); }

  static void resume(TaskHeader& task) noexcept {
    ModelTask& me = self(task);
    me.enter();
    ++me.polls_;
    const bool over = me.poll_(me);
    me.inside_ = false;
    if (over) finish(me);
  }
  static void cancel(TaskHeader& task) noexcept {
    ModelTask& me = self(task);
    me.enter();
    check(!me.cancelled_, "a task was cancelled twice");
    me.cancelled_ = true;
    me.inside_ = false;
    finish(me);
  }
  static void finish(ModelTask& task) noexcept {
    if (task.complete()) destroy(task);
  }
  static void* outcome(TaskHeader&) noexcept { return nullptr; }
  static void destroy(TaskHeader& task) noexcept {
    ModelTask& me = self(task);
    check(!me.destroyed_, "a task was destroyed twice");
    check(!me.inside_, "a task was destroyed while it ran");
    me.destroyed_ = true;
  }
  static void trace(TaskHeader&, void (*)(void*, const void*), void*) {}

  void enter() noexcept {
    check(!is_done(), "a task was run after its end");
    check(!inside_, "a task was run by two workers at once");
    inside_ = true;
  }

  static constexpr detail::TaskOps kOps{&resume, &cancel, &outcome, &destroy, &trace};

  std::function<bool(ModelTask&)> poll_;
  int polls_ = 0;
  bool inside_ = false;
  bool cancelled_ = false;
  bool destroyed_ = false;
};

/// The task is `executor`'s from now on; only now may anybody wake it.
inline void admit(detail::Executor& executor, ModelTask& task) {
  executor.reserve_task();
  executor.admit(task);
}

/// Runs `task` to its end on `executor`, as block_on does. The caller keeps a reference.
inline void run_to_end(detail::Executor& executor, ModelTask& task) {
  admit(executor, task);
  executor.run_until(task);
}

/// Polls `future` for a task. True: it is ready, and its value was given to `take`.
template <class Future, class Take>
bool poll_into(Future& future, ModelTask& task, Take take) {
  Context context(task);
  auto answer = future.poll(context);
  if (answer.is_pending()) return false;
  take(std::move(answer).value());
  return true;
}

}  // namespace twofold::model
