// The stackful runtime's own functions: spawn, async, block_on, Runtime.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "twofold/blocking/blocking_call.hpp"
#include "twofold/runtime.hpp"
#include "twofold/stackful/await.hpp"
#include "twofold/stackful/task.hpp"

namespace twofold {
inline namespace stackful {

namespace fiber {

template <class R>
struct ResultOf {
  using type = R;
};
template <Future R>
struct ResultOf<R> {
  using type = RawOutput<R>;
};

// What `f(args...)` gives when it is called as spawn calls it; for a Future in place of f, its
// output.
template <class F, class... Args>
struct CallResult : ResultOf<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>> {};
template <Future F>
struct CallResult<F> : ResultOf<F> {};

/// Makes a future, which cannot be called, into a function that gives it.
template <class F>
struct GiveFuture {
  F future;
  F& operator()() noexcept { return future; }
};

/// How the stackful runtime makes tasks.
struct Mechanism {
  template <class F, class... Args>
  using Result = typename CallResult<F, Args...>::type;

  template <class F, class... Args>
  static TaskHeader& create(Executor& executor, F&& f, Args&&... args) {
    if constexpr (sizeof...(Args) == 0 && Future<F>) {
      return create(executor, GiveFuture<std::decay_t<F>>{std::forward<F>(f)});
    } else {
      return TaskBlock<Result<F, Args...>, F, Args...>::create(executor, std::forward<F>(f),
                                                               std::forward<Args>(args)...);
    }
  }

  [[nodiscard]] static StateMemory memory() noexcept {
    const StackMetrics stacks = stack_metrics();
    return {.bytes = stacks.bytes_mapped,
            .bytes_peak = stacks.bytes_peak,
            .segments = stacks.stacks + stacks.further_segments,
            .growths = stacks.growths,
            .spare_hits = stacks.spare_hits,
            .deepest_bytes = stacks.deepest_bytes};
  }
};

}  // namespace fiber

using Runtime = BasicRuntime<fiber::Mechanism>;

/// Starts f(args...) as a task of the current runtime; callable and arguments are moved or copied
/// into it. Gives the handle of its result. Throws std::logic_error outside of a runtime,
/// std::bad_alloc or std::system_error where there is no memory for a stack, std::length_error
/// where callable, arguments and result are more than a stack may hold; nothing has started then.
/// One allocation.
template <class F, class... Args>
auto spawn(F&& f, Args&&... args) {
  return twofold::detail::spawn_on<fiber::Mechanism>(
      twofold::detail::require_executor_here("spawn"), std::forward<F>(f),
      std::forward<Args>(args)...);
}

/// spawn, for a task with a name, which dumps, traces and reports show. `name` must outlive the
/// task: a literal, say. One allocation more.
template <class F, class... Args>
auto spawn_named(const char* name, F&& f, Args&&... args) {
  return twofold::detail::spawn_named_on<fiber::Mechanism>(
      twofold::detail::require_executor_here("spawn_named"), name, std::forward<F>(f),
      std::forward<Args>(args)...);
}

/// Runs `f()`, which may block, on a thread of the runtime's pool
/// (RuntimeOptions::blocking_threads), beginning at once where one is free. Gives the handle of its
/// result. Aborting or dropping it cannot stop what runs, only what has not begun. `f` must not
/// await. Throws std::logic_error outside of a runtime, std::system_error where no thread can be
/// had. Two allocations.
template <class F>
auto spawn_blocking(F&& f) {
  return spawn(BlockingCall<std::decay_t<F>>(twofold::detail::require_executor("spawn_blocking"),
                                             std::forward<F>(f)));
}

/// Runs f(args...) to its end on a runtime of its own with one worker.
template <class F, class... Args>
auto block_on(F&& f, Args&&... args) {
  Runtime runtime;
  return runtime.block_on(std::forward<F>(f), std::forward<Args>(args)...);
}

/// An async function call as a lazy Future that runs inside the task that polls it, on a fiber of
/// its own, which each poll enters. Keeps the callable and its arguments. Movable until it is first
/// polled; destroying it cancels the call: its stack is unwound before the destructor returns.
template <class F, class... Args>
class [[nodiscard]] AsyncCall : fiber::Fiber {
  using Result = std::invoke_result_t<F&, Args...>;

 public:
  using Output = typename fiber::ResultOf<Result>::type;

  template <class G, class... As>
  explicit AsyncCall(std::in_place_t, G&& callable, As&&... args)
      : call_(std::in_place, std::forward<G>(callable), std::forward<As>(args)...) {}
  AsyncCall(AsyncCall&& other) noexcept(
      std::is_nothrow_move_constructible_v<fiber::Call<F, Args...>>)
      : call_(std::move(other.call_)) {}
  AsyncCall& operator=(AsyncCall&&) = delete;
  ~AsyncCall() {
    if (caller != nullptr && !finished) fiber::unwind(*this);
    release();
  }

  Poll<Output> poll(Context& context) {
    if (caller == nullptr) start();
    task = &context.task();
    caller = fiber::current_fiber();
    fiber::switch_to(*caller, *this);
    if (!finished) return Pending;
    release();
    if constexpr (std::is_void_v<Output>) {
      outcome_.take();
      return Ready();
    } else {
      return Poll<Output>(std::in_place, outcome_.take());
    }
  }

 private:
  void start() {
    stack = acquire_stack();
    sanitizer.create(stack.low, static_cast<std::size_t>(stack.top - stack.low));
    failed = [](fiber::Fiber& self, std::exception_ptr error) noexcept {
      static_cast<AsyncCall&>(self).outcome_.set_error(std::move(error));
    };
    fiber::prepare(*this, stack.top, [](fiber::Fiber& self) {
      fiber::entered(self);
      auto& call = static_cast<AsyncCall&>(self);
      fiber::run_into<Output>(call.outcome_, call.call_);
    });
  }

  void release() noexcept {
    if (stack.top == nullptr) return;
    sanitizer.destroy();
    release_stack(std::exchange(stack, Stack{}));
  }

  fiber::Call<F, Args...> call_;
  fiber::Outcome<Output> outcome_;
};

/// f(args...) as a future for a combinator: `join(async(f, 1), async(g, 2))`.
template <class F, class... Args>
[[nodiscard]] auto async(F&& f, Args&&... args) {
  return AsyncCall<std::decay_t<F>, std::decay_t<Args>...>(std::in_place, std::forward<F>(f),
                                                           std::forward<Args>(args)...);
}

}  // namespace stackful
}  // namespace twofold
