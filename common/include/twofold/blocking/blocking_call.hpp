// BlockingCall<F>: the result of a function that runs on the blocking pool, as a future.
//
// Made by spawn_blocking, resolve and File. Unlike other futures it has begun when it is made: the
// work is queued at once.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "twofold/blocking/blocking_pool.hpp"
#include "twofold/detail/spin_lock.hpp"
#include "twofold/executor/executor.hpp"
#include "twofold/future.hpp"
#include "twofold/task/outcome.hpp"

namespace twofold::detail {

/// Who waits for a blocking call, and whether it is over.
class BlockingState : public BlockingJob {
 public:
  /// True: it is over. False: `task` will be woken.
  [[nodiscard]] bool poll(TaskHeader& task) noexcept;
  /// Nobody wants the result any more: nobody is woken, and where it has not begun it does not
  /// run.
  void give_up() noexcept;

 protected:
  /// False: it was given up.
  [[nodiscard]] bool begin() noexcept;
  void finish() noexcept;

 private:
  SpinLock lock_;
  bool given_up_ = false;
  bool over_ = false;
  TaskRef waiter_;
};

template <class F>
class BlockingWork final : public BlockingState {
 public:
  using Result = std::invoke_result_t<F&>;

  explicit BlockingWork(F function) : function_(std::move(function)) {}

  void run() noexcept override {
    if (begin()) {
      try {
        if constexpr (std::is_void_v<Result>) {
          function_();
          outcome_.set_value();
        } else {
          outcome_.set_value(function_());
        }
      } catch (...) {
        outcome_.set_error(std::current_exception());
      }
    }
    finish();
  }
  Result take() { return outcome_.take(); }

 private:
  F function_;
  Outcome<Result> outcome_;
};

}  // namespace twofold::detail

namespace twofold {

/// Ready with what the function gives, or throws what it throws. Movable until it is first polled.
/// Dropping it gives the work up: where it has not begun it never does; where it runs, it runs on,
/// and its result is dropped. One task at a time.
template <class F>
class [[nodiscard]] BlockingCall {
  using Work = detail::BlockingWork<F>;

 public:
  using Output = typename Work::Result;

  /// Queues the work on `executor`'s pool. Throws std::bad_alloc, and std::system_error where no
  /// thread can be had.
  BlockingCall(detail::Executor& executor, F function)
      : work_(std::make_shared<Work>(std::move(function))) {
    executor.blocking_pool().submit(work_);
  }
  BlockingCall(BlockingCall&&) noexcept = default;
  BlockingCall& operator=(BlockingCall&&) = delete;
  ~BlockingCall() {
    if (work_ != nullptr) work_->give_up();
  }

  Poll<Output> poll(Context& context) {
    if (!work_->poll(context.task())) {
      context.task().set_waits_for(detail::WaitsFor::kBlockingWork);
      return Pending;
    }
    if constexpr (std::is_void_v<Output>) {
      work_->take();
      return Ready();
    } else {
      return Poll<Output>(std::in_place, work_->take());
    }
  }

 private:
  std::shared_ptr<Work> work_;
};

/// A function that runs on the blocking pool when it is first polled: what futures over blocking
/// system calls are made of. Movable until then. Otherwise as BlockingCall.
template <class F>
class [[nodiscard]] BlockingFuture {
 public:
  using Output = std::invoke_result_t<F&>;

  explicit BlockingFuture(F function) : function_(std::move(function)) {}
  BlockingFuture(BlockingFuture&& other) noexcept(std::is_nothrow_move_constructible_v<F>)
      : function_(std::move(other.function_)) {}
  BlockingFuture& operator=(BlockingFuture&&) = delete;

  Poll<Output> poll(Context& context) {
    if (!call_) call_.emplace(context.task().executor(), std::move(function_));
    return call_->poll(context);
  }

 private:
  F function_;
  std::optional<BlockingCall<F>> call_;
};

}  // namespace twofold
