// Chain: coroutines that await one another, from the one a task or a poll began with to the
// innermost.
//
//     task or nested poll            frame of f                     frame of g
//     +--------------+  child   +----------------+  child     +----------------+
//     | Receiver     |--------->| Promise        |       +--->| Promise        |
//     |   (outcome)  |<---------|   receiver     |       |    |   receiver     |---+
//     +--------------+ receiver |                |       |    |                |   |
//                               | Receiver  -----|-------+    | PendingLeaf    |   |
//                               |   (outcome)  <-|------------|   (awaits a    |<--|-- Chain::leaf
//                               +----------------+   receiver |    future)     |   |
//                                                             +----------------+
//
// The innermost coroutine waits for a future. The chain remembers that leaf, so that a wake polls
// the leaf directly and resumes the innermost coroutine, at any depth (P0913's symmetric transfer
// does the same on the way back). A result is written where it is awaited, and the links are enough
// to destroy the frames from the innermost outwards without recursion, and to list them.
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

#include "twofold/executor/executor.hpp"
#include "twofold/stackless/frame_pool.hpp"
#include "twofold/task/header.hpp"
#include "twofold/task/outcome.hpp"
#include "twofold/waker.hpp"

namespace twofold {
inline namespace stackless {
namespace coro {

using twofold::detail::Executor;
using twofold::detail::Outcome;
using twofold::detail::TaskHeader;

struct PromiseBase;

/// A future that the innermost coroutine awaits: lies in its frame.
struct PendingLeaf {
  /// Polls the future. True: its outcome is kept, the coroutine can go on.
  bool (*poll)(PendingLeaf&, Context&) noexcept;
  PromiseBase* waiting = nullptr;
};

/// Where a coroutine's outcome goes: in the frame of who awaits it, or at the root of the chain.
struct ReceiverBase {
  PromiseBase* parent = nullptr;  ///< the awaiting coroutine; null at the root
  PromiseBase* child = nullptr;   ///< the awaited one, owned, until it is destroyed
};

template <class T>
struct Receiver : ReceiverBase {
  Outcome<T> outcome;
};

class Chain {
 public:
  /// Whether the chain is a task, which hands control to the next task when it cannot go on, or
  /// runs nested in a poll, which it then returns to.
  enum class Kind : bool { kNested, kTask };

  Chain(TaskHeader& task, ReceiverBase& root, Kind kind) noexcept
      : task_(&task), root_(&root), kind_(kind) {}

  [[nodiscard]] TaskHeader& task() const noexcept { return *task_; }
  [[nodiscard]] bool is_task() const noexcept { return kind_ == Kind::kTask; }

  /// A nested chain may be polled by another task each time.
  void set_task(TaskHeader& task) noexcept { task_ = &task; }

  /// The innermost coroutine waits for `leaf`.
  void park(PendingLeaf& leaf) noexcept { leaf_ = &leaf; }

  /// What to resume: the innermost coroutine if its leaf is ready, the first one if
  /// nothing has run yet, null if the leaf is still pending.
  [[nodiscard]] std::coroutine_handle<> ready_coroutine() noexcept;

  /// The first coroutine has ended and is suspended for good; gives what to resume next.
  [[nodiscard]] std::coroutine_handle<> finish() noexcept;

  /// Destroys all frames but the first one's, innermost first, without recursion. Only while
  /// parked, before the start or after the end.
  void destroy_inner_frames() noexcept;

  /// Calls visit(promise) for each coroutine, innermost first.
  template <class Visit>
  void for_each(Visit&& visit) const;

 private:
  TaskHeader* task_;
  ReceiverBase* root_;
  PendingLeaf* leaf_ = nullptr;
  Kind kind_;
};

/// What the promises of all coroutines have in common. First base of each promise.
struct PromiseBase {
  ReceiverBase* receiver = nullptr;
  Chain* chain = nullptr;

  [[nodiscard]] std::coroutine_handle<PromiseBase> handle() noexcept {
    return std::coroutine_handle<PromiseBase>::from_promise(*this);
  }

  static void* operator new(std::size_t bytes) { return frame_pool.allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    frame_pool.deallocate_frame(frame, bytes);
  }
};

inline std::coroutine_handle<> Chain::ready_coroutine() noexcept {
  if (leaf_ == nullptr) return root_->child->handle();
  Context context(*task_);
  if (!leaf_->poll(*leaf_, context)) return nullptr;
  return leaf_->waiting->handle();
}

template <class Visit>
void Chain::for_each(Visit&& visit) const {
  PromiseBase* promise = leaf_ != nullptr ? leaf_->waiting : root_->child;
  while (promise != nullptr) {
    visit(*promise);
    promise = promise->receiver->parent;
  }
}

inline void Chain::destroy_inner_frames() noexcept {
  PromiseBase* promise = leaf_ != nullptr ? leaf_->waiting : root_->child;
  leaf_ = nullptr;
  while (promise->receiver->parent != nullptr) {
    ReceiverBase* const receiver = promise->receiver;
    promise->handle().destroy();
    receiver->child = nullptr;
    promise = receiver->parent;
  }
}

/// The task whose chain has ended: destroys its frames, completes it; gives what to resume next.
[[nodiscard]] std::coroutine_handle<> finish_task(TaskHeader& task) noexcept;

inline std::coroutine_handle<> Chain::finish() noexcept {
  leaf_ = nullptr;
  return kind_ == Kind::kTask ? finish_task(*task_) : std::noop_coroutine();
}

/// The coroutine that control goes to when the running task cannot go on: that of another
/// task that is ready, or the one that returns to the executor's loop.
[[nodiscard]] std::coroutine_handle<> next_coroutine(Executor& executor) noexcept;

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
