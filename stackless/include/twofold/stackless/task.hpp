// TaskBlock: what a spawned task consists of besides its coroutines' frames.
//
//     | StacklessTask (header, chain) | callable, arguments |
//                      later: | outcome  ... |
//
// Both the block and the first frame come from the thread's FramePool. An async function that takes
// all its parameters by value has them in its frame, so that nothing of the call is kept here. The
// outcome takes the place of the chain, which a task has no more when it has one, and what it needs
// behind it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "twofold/executor/executor.hpp"
#include "twofold/stackless/async.hpp"
#include "twofold/task/join_handle.hpp"

namespace twofold {
inline namespace stackless {
namespace coro {

/// Turns whatever a task may run into an Async: an async function, one that returns some other
/// future, a plain function, or a future itself.
template <class T, class F>
Async<T> run_as_coroutine(F call) {
  if constexpr (std::is_void_v<T>) {
    if constexpr (Future<std::invoke_result_t<F&>>) {
      co_await call();
    } else {
      call();
      co_return;
    }
  } else {
    if constexpr (Future<std::invoke_result_t<F&>>) {
      co_return co_await call();
    } else {
      co_return call();
    }
  }
}

template <class R>
struct ResultOf {
  using type = R;
};
template <Future R>
struct ResultOf<R> {
  using type = RawOutput<R>;
};
/// What an async function that is declared to return R gives.
template <class R>
using ResultOfT = typename ResultOf<R>::type;

template <class V>
inline constexpr bool kIsReferenceWrapper = false;
template <class V>
inline constexpr bool kIsReferenceWrapper<std::reference_wrapper<V>> = true;

/// Whether an argument is all in the coroutine's frame as this parameter: the value itself, or a
/// reference to what others own. What is converted may refer to the argument (a std::string_view to
/// a std::string) unless it is a number.
template <class Parameter, class Arg>
inline constexpr bool kIsAllInFrame =
    std::is_reference_v<Parameter>
        ? kIsReferenceWrapper<Arg>
        : std::is_same_v<std::remove_cv_t<Parameter>, Arg> ||
              (std::is_arithmetic_v<Parameter> && std::is_arithmetic_v<Arg>);

/// Whether the coroutine that F makes of Args (both decayed) refers to neither of them: F is an
/// async function, and its parameters are all that is left of the arguments.
template <class F, class... Args>
inline constexpr bool kKeepsNoCall = false;
template <class T, class... Parameters, class... Args>
  requires(sizeof...(Parameters) == sizeof...(Args))
inline constexpr bool kKeepsNoCall<Async<T> (*)(Parameters...), Args...> =
    (... && kIsAllInFrame<Parameters, Args>);
template <class T, class... Parameters, class... Args>
inline constexpr bool kKeepsNoCall<Async<T> (*)(Parameters...) noexcept, Args...> =
    kKeepsNoCall<Async<T> (*)(Parameters...), Args...>;

template <std::size_t kBytes, std::size_t kAlign>
struct Room {
  alignas(kAlign) std::byte bytes[kBytes];
};
template <std::size_t kAlign>
struct Room<0, kAlign> {};

/// A task with the place for its outcome.
template <class T>
class ResultBlock : public StacklessTask, public InFramePool {
 public:
  using StacklessTask::StacklessTask;
  ResultBlock(const ResultBlock&) = delete;
  ResultBlock& operator=(const ResultBlock&) = delete;

  static void* outcome(TaskHeader& task) noexcept { return &outcome_in(task); }
  static Outcome<T>& outcome_in(TaskHeader& task) noexcept { return self(task).outcome(); }

 protected:
  ~ResultBlock() = default;

  /// `first` is what the task runs.
  void begin(Async<T>&& first) noexcept {
    PromiseBase& promise = first.release().promise();
    promise.set_first(outcome());
    park(promise.handle());
  }
  static void begin_outcome(StacklessTask& task) noexcept {
    std::construct_at(&self(task).outcome());
  }
  /// The task is complete.
  void end_outcome() noexcept { std::destroy_at(&outcome()); }

 private:
  static ResultBlock& self(TaskHeader& task) noexcept {
    return static_cast<ResultBlock&>(static_cast<StacklessTask&>(task));
  }

  static constexpr bool kIsInChain = alignof(Outcome<T>) <= alignof(Chain);
  static constexpr std::size_t kChainBytes = kIsInChain ? sizeof(Chain) : 0;
  static constexpr std::size_t kOffset = sizeof(StacklessTask) - kChainBytes;
  static_assert(sizeof(StacklessTask) == sizeof(TaskHeader) + sizeof(Chain));

  [[nodiscard]] Outcome<T>& outcome() noexcept {
    std::byte* place = reinterpret_cast<std::byte*>(this) + kOffset;
    if constexpr (!kIsInChain) place = rest_.bytes;
    return *reinterpret_cast<Outcome<T>*>(place);
  }

  [[no_unique_address]] Room<(sizeof(Outcome<T>) > kChainBytes ? sizeof(Outcome<T>) - kChainBytes
                                                               : 0),
                             (kIsInChain ? alignof(Chain) : alignof(Outcome<T>))> rest_;
};

template <class T>
Outcome<T>& outcome_of(TaskHeader& task) noexcept {
  return ResultBlock<T>::outcome_in(task);
}

/// A task that keeps callable and arguments for as long as it runs.
template <class T, class F, class... Args>
class TaskBlock final : public ResultBlock<T> {
 public:
  template <class G, class... As>
  explicit TaskBlock(Executor& executor, G&& callable, As&&... args)
      : ResultBlock<T>(kOps, executor),
        call_(std::in_place, std::forward<G>(callable), std::forward<As>(args)...) {
    this->begin(first_coroutine(*call_));
  }

 private:
  struct Call {
    template <class G, class... As>
    explicit Call(G&& g, As&&... as)
        : callable(std::forward<G>(g)), args(std::forward<As>(as)...) {}
    [[no_unique_address]] F callable;
    [[no_unique_address]] std::tuple<Args...> args;
  };

  static decltype(auto) invoke(Call& call) {
    return std::apply(
        [&](auto&... args) -> decltype(auto) {
          return std::invoke(call.callable, std::move(args)...);
        },
        call.args);
  }

  static Async<T> first_coroutine(Call& call) {
    if constexpr (kIsAsync<std::invoke_result_t<F&, Args...>>) {
      return invoke(call);
    } else {
      return run_as_coroutine<T>([&call]() -> decltype(auto) { return invoke(call); });
    }
  }

  static void release_call(StacklessTask& task) noexcept {
    static_cast<TaskBlock&>(task).call_.reset();
  }
  static void destroy(TaskHeader& task) noexcept {
    auto& self = static_cast<TaskBlock&>(static_cast<StacklessTask&>(task));
    self.end_outcome();
    delete &self;
  }

  static constexpr StacklessOps kOps{
      {&StacklessTask::resume, &StacklessTask::cancel, &TaskBlock::outcome, &TaskBlock::destroy,
       &StacklessTask::trace},
      &TaskBlock::begin_outcome,
      &TaskBlock::release_call};

  std::optional<Call> call_;
};

/// A task whose coroutine has all that it needs.
template <class T>
class BareTaskBlock final : public ResultBlock<T> {
 public:
  BareTaskBlock(Executor& executor, Async<T>&& first) noexcept : ResultBlock<T>(kOps, executor) {
    this->begin(std::move(first));
  }

 private:
  static void destroy(TaskHeader& task) noexcept {
    auto& self = static_cast<BareTaskBlock&>(static_cast<StacklessTask&>(task));
    self.end_outcome();
    delete &self;
  }

  static constexpr StacklessOps kOps{
      {&StacklessTask::resume, &StacklessTask::cancel, &BareTaskBlock::outcome,
       &BareTaskBlock::destroy, &StacklessTask::trace},
      &BareTaskBlock::begin_outcome,
      nullptr};
};

/// Makes a task of f(args...), not admitted yet. Throws what copying the arguments throws, and
/// std::bad_alloc.
template <class T, class F, class... Args>
[[nodiscard]] TaskHeader& make_task(Executor& executor, F&& f, Args&&... args) {
  if constexpr (kKeepsNoCall<std::decay_t<F>, std::decay_t<Args>...>) {
    return *new BareTaskBlock<T>(executor, f(std::decay_t<Args>(std::forward<Args>(args))...));
  } else {
    return *new TaskBlock<T, std::decay_t<F>, std::decay_t<Args>...>(executor, std::forward<F>(f),
                                                                     std::forward<Args>(args)...);
  }
}

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
