// StacklessTask: a task whose suspended state is a chain of coroutine frames.
//
// One allocation in the common case: the task's block holds the header, the outcome, the callable
// and its arguments, and behind them the frame of the first coroutine:
//
//     | StacklessTask (header, chain) | Receiver (outcome) | callable, arguments | frame of
//     f(args...) |
//
// The frame's size is known only when the coroutine asks for its memory, so each kind of spawn
// remembers what the last one asked for; a first frame that does not fit the guess is allocated on
// its own.
#pragma once

#include <atomic>
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

class StacklessTask;

struct StacklessOps : twofold::detail::TaskOps {
  /// The coroutine has ended or is destroyed: the first frame, then callable and arguments go.
  void (*release_call)(StacklessTask&) noexcept;
};

class StacklessTask : public TaskHeader {
 public:
  StacklessTask(const StacklessOps& ops, Executor& executor, ReceiverBase& root,
                std::uint32_t block_bytes) noexcept
      : TaskHeader(ops, executor),
        chain_(*this, root, Chain::Kind::kTask),
        block_bytes_(block_bytes) {}

  [[nodiscard]] Chain& chain() noexcept { return chain_; }

  static void resume(TaskHeader& task) noexcept;
  static void cancel(TaskHeader& task) noexcept;
  static void trace(TaskHeader& task, void (*frame)(void*, const void*), void* to);

  void release_call() noexcept { static_cast<const StacklessOps&>(ops()).release_call(*this); }

 protected:
  ~StacklessTask() = default;

  Chain chain_;
  std::uint32_t block_bytes_;
  bool frame_in_block_ = false;
};

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

template <class T, class F, class... Args>
class TaskBlock final : public StacklessTask {
 public:
  TaskBlock(Executor& executor, std::uint32_t bytes, F&& callable, Args&&... args)
      : StacklessTask(kOps, executor, receiver_, bytes),
        call_(std::in_place, std::forward<F>(callable), std::forward<Args>(args)...) {}
  TaskBlock(const TaskBlock&) = delete;
  TaskBlock& operator=(const TaskBlock&) = delete;
  ~TaskBlock() { release_call(*this); }

  /// Makes the task, not admitted yet. Throws what copying the arguments throws, and
  /// std::bad_alloc.
  static TaskBlock& create(Executor& executor, F&& callable, Args&&... args) {
    const std::size_t guess = frame_bytes_.load(std::memory_order_relaxed);
    const std::size_t bytes = block_bytes() + guess;
    void* const memory = frame_pool.allocate(bytes);
    TaskBlock* task = nullptr;
    try {
      task = ::new (memory) TaskBlock(executor, static_cast<std::uint32_t>(bytes),
                                      std::forward<F>(callable), std::forward<Args>(args)...);
      task->start_frame(static_cast<std::byte*>(memory) + block_bytes(), guess);
    } catch (...) {
      if (task != nullptr) std::destroy_at(task);
      frame_pool.deallocate(memory, bytes);
      throw;
    }
    return *task;
  }

 private:
  struct Call {
    template <class G, class... As>
    explicit Call(G&& g, As&&... as)
        : callable(std::forward<G>(g)), args(std::forward<As>(as)...) {}
    [[no_unique_address]] std::decay_t<F> callable;
    [[no_unique_address]] std::tuple<std::decay_t<Args>...> args;
  };

  static decltype(auto) invoke(Call& call) {
    return std::apply(
        [&](auto&... args) -> decltype(auto) {
          return std::invoke(call.callable, std::move(args)...);
        },
        call.args);
  }

  void start_frame(void* place, std::size_t guess) {
    frame_pool.reserve(place, guess);
    PromiseBase* promise = nullptr;
    try {
      promise = first_coroutine(*call_).release();
    } catch (...) {
      (void)frame_pool.end_reservation();
      throw;
    }
    const std::size_t asked = frame_pool.end_reservation();
    if (asked != guess && asked != 0 && asked <= kLargestInBlock) {
      frame_bytes_.store(static_cast<std::uint32_t>(asked), std::memory_order_relaxed);
    }
    frame_in_block_ = promise->handle().address() == place;
    promise->receiver = &receiver_;
    promise->chain = &chain_;
    receiver_.child = promise;
  }

  static Async<T> first_coroutine(Call& call) {
    using Result = std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>;
    if constexpr (kIsAsync<Result>) {
      return invoke(call);
    } else {
      return run_as_coroutine<T>([&call]() -> decltype(auto) { return invoke(call); });
    }
  }

  static void release_call(StacklessTask& task) noexcept {
    auto& self = static_cast<TaskBlock&>(task);
    if (self.receiver_.child != nullptr) {
      const std::coroutine_handle<> first = std::exchange(self.receiver_.child, nullptr)->handle();
      if (self.frame_in_block_) frame_pool.disown(first.address());
      first.destroy();
    }
    self.call_.reset();
  }

  static void* outcome(TaskHeader& task) noexcept {
    return &static_cast<TaskBlock&>(static_cast<StacklessTask&>(task)).receiver_.outcome;
  }
  static void destroy(TaskHeader& task) noexcept {
    auto& self = static_cast<TaskBlock&>(static_cast<StacklessTask&>(task));
    const std::size_t bytes = self.block_bytes_;
    std::destroy_at(&self);
    frame_pool.deallocate(&self, bytes);
  }

  static constexpr StacklessOps kOps{
      {&StacklessTask::resume, &StacklessTask::cancel, &TaskBlock::outcome, &TaskBlock::destroy,
       &StacklessTask::trace},
      &TaskBlock::release_call};
  static constexpr std::size_t kLargestInBlock = 1024;
  [[nodiscard]] static constexpr std::size_t block_bytes() noexcept {
    return (sizeof(TaskBlock) + FramePool::kGranule - 1) / FramePool::kGranule *
           FramePool::kGranule;
  }
  inline static constinit std::atomic<std::uint32_t> frame_bytes_{0};

  Receiver<T> receiver_;
  std::optional<Call> call_;
};

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
