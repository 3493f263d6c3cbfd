// StackfulTask: a task whose suspended state is a fiber.
//
// One allocation: a stack. The task lies at the top of it, and the fiber's frames grow down from
// there:
//
//     | frames ...                | TaskBlock: header, fiber, Outcome, callable, arguments |
//     stack.low                                                                  stack.top
//
// A block that leaves no room for frames in the usual stack gets a larger one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "twofold/future.hpp"
#include "twofold/stackful/await.hpp"
#include "twofold/stackful/fiber.hpp"
#include "twofold/task/join_handle.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {

using twofold::detail::Outcome;

class StackfulTask;

struct StackfulOps : twofold::detail::TaskOps {
  /// The function is over: callable and arguments go.
  void (*release_call)(StackfulTask&) noexcept;
};

class StackfulTask : public TaskHeader {
 public:
  StackfulTask(const StackfulOps& ops, Executor& executor, const Stack& stack) noexcept
      : TaskHeader(ops, executor) {
    fiber_.task = this;
    fiber_.stack = stack;
  }

  [[nodiscard]] Fiber& fiber() noexcept { return fiber_; }
  /// Whether the function has begun; before, its stack holds nothing to unwind.
  [[nodiscard]] bool started() const noexcept { return started_; }
  [[nodiscard]] const StackfulOps& stackful_ops() const noexcept {
    return static_cast<const StackfulOps&>(ops());
  }

  static void resume(TaskHeader& task) noexcept;
  static void cancel(TaskHeader& task) noexcept;
  static void trace(TaskHeader& task, void (*frame)(void*, const void*), void* to);
  /// The fiber has been left for good, or never begun: the task completes. Not on the fiber's own
  /// stack.
  static void finished(StackfulTask& task) noexcept;

 protected:
  void set_started() noexcept { started_ = true; }

 private:
  Fiber fiber_;
  bool started_ = false;
};

/// A callable with its arguments, to be called once.
template <class F, class... Args>
struct Call {
  template <class G, class... As>
  explicit Call(std::in_place_t, G&& g, As&&... as)
      : callable(std::forward<G>(g)), args(std::forward<As>(as)...) {}

  decltype(auto) operator()() {
    return std::apply(
        [this](auto&... unpacked) -> decltype(auto) {
          return std::invoke(callable, std::move(unpacked)...);
        },
        args);
  }

  [[no_unique_address]] F callable;
  [[no_unique_address]] std::tuple<Args...> args;
};

/// Runs `call` and keeps what it gives; a future that it gives is awaited.
template <class T, class C>
void run_into(Outcome<T>& outcome, C& call) {
  if constexpr (std::is_void_v<T>) {
    await_expression(call);
    outcome.set_value();
  } else {
    outcome.set_value(await_expression(call));
  }
}

template <class T, class F, class... Args>
class TaskBlock final : public StackfulTask {
 public:
  TaskBlock(Executor& executor, const Stack& stack, F&& callable, Args&&... args)
      : StackfulTask(kOps, executor, stack),
        call_(std::in_place, std::in_place, std::forward<F>(callable),
              std::forward<Args>(args)...) {}

  /// Makes the task, not admitted yet. Throws what copying the arguments throws, and
  /// std::bad_alloc or std::system_error where there is no stack, std::length_error where none may
  /// be so large. Not inlined: what is foreign to segmented stacks stays out of functions that
  /// park.
  [[gnu::noinline]] static TaskBlock& create(Executor& executor, F&& callable, Args&&... args) {
    const Stack stack = acquire();
    const std::uintptr_t place =
        (reinterpret_cast<std::uintptr_t>(stack.top) - sizeof(TaskBlock)) & ~(kAlign - 1);
    auto* const memory = reinterpret_cast<std::byte*>(place);
    TaskBlock* task = nullptr;
    try {
      task = ::new (memory)
          TaskBlock(executor, stack, std::forward<F>(callable), std::forward<Args>(args)...);
    } catch (...) {
      give_back(stack);
      throw;
    }
    task->fiber().sanitizer.create(stack.low, static_cast<std::size_t>(memory - stack.low));
    task->fiber().failed = &TaskBlock::failed;
    prepare(task->fiber(), memory, &TaskBlock::run);
    return *task;
  }

 private:
  static constexpr std::uintptr_t kAlign = alignof(TaskBlock) > 16 ? alignof(TaskBlock) : 16;
  static constexpr std::size_t kBytes = sizeof(TaskBlock) + kAlign - 16;
  static constexpr bool kIsLarge = kBytes > kTaskBytes;

  [[nodiscard]] static Stack acquire() {
    if constexpr (kIsLarge) {
      return acquire_large_stack(kBytes);
    } else {
      return acquire_stack();
    }
  }
  static void give_back(const Stack& stack) noexcept {
    if constexpr (kIsLarge) {
      release_large_stack(stack);
    } else {
      release_stack(stack);
    }
  }

  static TaskBlock& self(TaskHeader& task) noexcept {
    return static_cast<TaskBlock&>(static_cast<StackfulTask&>(task));
  }

  static void run(Fiber& fiber) {
    entered(fiber);
    auto& task = self(*fiber.task);
    task.set_started();
    run_into<T>(task.outcome_, *task.call_);
    // While this is still the running task: what it destroys may ask which one it is. (Where an
    // exception comes out of it, fiber.cpp does so.)
    release_call(task);
  }
  static void* outcome(TaskHeader& task) noexcept { return &self(task).outcome_; }
  static void destroy(TaskHeader& task) noexcept {
    const Stack stack = self(task).fiber().stack;
    self(task).fiber().sanitizer.destroy();
    std::destroy_at(&self(task));
    give_back(stack);
  }
  /// Not inlined: see create().
  [[gnu::noinline]] static void release_call(StackfulTask& task) noexcept {
    self(task).call_.reset();
  }
  static void failed(Fiber& fiber, std::exception_ptr error) noexcept {
    self(*fiber.task).outcome_.set_error(std::move(error));
  }

  static constexpr StackfulOps kOps{
      {&StackfulTask::resume, &StackfulTask::cancel, &TaskBlock::outcome, &TaskBlock::destroy,
       &StackfulTask::trace},
      &TaskBlock::release_call};

  Outcome<T> outcome_;
  std::optional<Call<std::decay_t<F>, std::decay_t<Args>...>> call_;
};

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
