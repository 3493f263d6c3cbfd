// The stackless runtime's own functions: spawn, async, block_on, Runtime.
#pragma once

#include <functional>
#include <optional>
#include <tuple>
#include <utility>

#include "twofold/blocking/blocking_call.hpp"
#include "twofold/runtime.hpp"
#include "twofold/stackless/async.hpp"
#include "twofold/stackless/task.hpp"

namespace twofold {
inline namespace stackless {

namespace coro {

// What `f(args...)` gives when it is called as spawn calls it; for a Future in place of f, itself.
template <class F, class... Args>
struct CallResult {
  using type = ResultOfT<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>>;
};
template <Future F>
struct CallResult<F> {
  using type = RawOutput<F>;
};

/// Makes a future, which cannot be called, into a function that gives it.
template <class F>
struct GiveFuture {
  F future;
  F& operator()() noexcept { return future; }
};

/// How the stackless runtime makes tasks.
struct Mechanism {
  template <class F, class... Args>
  using Result = typename CallResult<F, Args...>::type;

  template <class F, class... Args>
  static TaskHeader& create(Executor& executor, F&& f, Args&&... args) {
    if constexpr (sizeof...(Args) == 0 && Future<F>) {
      return create(executor, GiveFuture<std::decay_t<F>>{std::forward<F>(f)});
    } else {
      return make_task<Result<F, Args...>>(executor, std::forward<F>(f),
                                           std::forward<Args>(args)...);
    }
  }

  // Chunks of frames are kept for the process, so that their peak is what there is.
  [[nodiscard]] static StateMemory memory() noexcept {
    return {.bytes = frame_bytes_reserved(), .bytes_peak = frame_bytes_reserved()};
  }
};

}  // namespace coro

using Runtime = BasicRuntime<coro::Mechanism>;

/// Starts f(args...) as a task of the current runtime; callable and arguments are moved or copied
/// into it. Gives the handle of its result. Throws std::logic_error outside of a runtime,
/// std::bad_alloc; nothing has started then. The task and its frame come from the thread's pool.
template <class F, class... Args>
auto spawn(F&& f, Args&&... args) {
  return twofold::detail::spawn_on<coro::Mechanism>(twofold::detail::require_executor_here("spawn"),
                                                    std::forward<F>(f),
                                                    std::forward<Args>(args)...);
}

/// spawn, for a task with a name, which dumps, traces and reports show. `name` must outlive the
/// task: a literal, say. One allocation more.
template <class F, class... Args>
auto spawn_named(const char* name, F&& f, Args&&... args) {
  return twofold::detail::spawn_named_on<coro::Mechanism>(
      twofold::detail::require_executor_here("spawn_named"), name, std::forward<F>(f),
      std::forward<Args>(args)...);
}

/// Runs `f()`, which may block, on a thread of the runtime's pool
/// (RuntimeOptions::blocking_threads), beginning at once where one is free. Gives the handle of its
/// result. Aborting or dropping it cannot stop what runs, only what has not begun. `f` must not
/// await. Throws std::logic_error outside of a runtime, std::system_error where no thread can be
/// had. One allocation besides those of spawn.
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

/// An async function call as a lazy Future that runs inside the task that polls it. Keeps the
/// callable and its arguments. Movable until it is first polled; destroying it cancels the call.
template <class F, class... Args>
class [[nodiscard]] AsyncCall {
  using Result = std::invoke_result_t<F&, Args...>;

 public:
  using Output = coro::ResultOfT<Result>;

  template <class G, class... As>
  explicit AsyncCall(std::in_place_t, G&& callable, As&&... args)
      : callable_(std::forward<G>(callable)), args_(std::forward<As>(args)...) {}
  AsyncCall(AsyncCall&& other) noexcept(std::is_nothrow_move_constructible_v<F>)
      : callable_(std::move(other.callable_)), args_(std::move(other.args_)) {}
  AsyncCall& operator=(AsyncCall&&) = delete;

  Poll<Output> poll(Context& context) {
    if (!running_) running_.emplace(start());
    return running_->poll(context);
  }

 private:
  Async<Output> start() {
    auto call = [this]() -> decltype(auto) {
      return std::apply(
          [this](auto&... args) -> decltype(auto) {
            return std::invoke(callable_, std::move(args)...);
          },
          args_);
    };
    if constexpr (coro::kIsAsync<Result>) {
      return call();
    } else {
      return coro::run_as_coroutine<Output>(call);
    }
  }

  [[no_unique_address]] F callable_;
  [[no_unique_address]] std::tuple<Args...> args_;
  std::optional<Async<Output>> running_;
};

/// f(args...) as a future for a combinator: `join(async(f, 1), async(g, 2))`.
template <class F, class... Args>
[[nodiscard]] auto async(F&& f, Args&&... args) {
  return AsyncCall<std::decay_t<F>, std::decay_t<Args>...>(std::in_place, std::forward<F>(f),
                                                           std::forward<Args>(args)...);
}

}  // namespace stackless
}  // namespace twofold
