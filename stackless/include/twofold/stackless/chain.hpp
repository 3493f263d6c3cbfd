// Chain: coroutines that await one another, from the one a task or a poll began with to the
// innermost.
//
//     task or nested poll      frame of f                 frame of g
//     +-------------+ child    +---------------+  child   +---------------+
//     | Receiver    |--------->| Promise       |    +---->| Promise       |<-- Chain::innermost
//     |   (outcome) |<---------|   receiver    |    | +---|   receiver    |
//     +-------------+ receiver |               |    | |   |               |
//                              | Receiver -----|----+ |   | PendingLeaf   |<-- Chain::leaf
//                              |   (outcome) <-|------+   |   (awaits a   |
//                              +---------------+ receiver |    future)    |
//                                                         +---------------+
//
// The innermost coroutine waits for a future. The chain remembers both, so that a wake polls
// the leaf directly and resumes the innermost coroutine, at any depth (P0913's symmetric transfer
// does the same on the way back). A result is written where it is awaited, and the links are enough
// to destroy the frames from the innermost outwards without recursion, and to list them.
//
// An await begins its child by calling it, as a function, while the thread's stack has room for
// more such calls: a child that ends without having waited frees its frame and returns, and neither
// of the two was ever suspended. Where it does wait, all those calls return, once, and from then on
// control goes from coroutine to coroutine by symmetric transfer. So the stack's use is bounded,
// and the depth of a chain is not.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include "twofold/detail/stack_pointer.hpp"
#include "twofold/executor/executor.hpp"
#include "twofold/stackless/frame_pool.hpp"
#include "twofold/task/header.hpp"
#include "twofold/task/outcome.hpp"
#include "twofold/time.hpp"
#include "twofold/waker.hpp"

namespace twofold {
inline namespace stackless {
namespace coro {

using twofold::detail::Executor;
using twofold::detail::Outcome;
using twofold::detail::TaskHeader;

class Chain;
class PromiseBase;
class StacklessTask;

/// A future that the innermost coroutine awaits: lies in its frame.
struct PendingLeaf {
  /// Polls the future. True: its outcome is kept, the coroutine can go on.
  bool (*poll)(PendingLeaf&, Context&) noexcept;
};

/// What a parked chain is to ask: a future, through its PendingLeaf, or the one that most parked
/// tasks wait for, a Sleep, itself, whose frame is the smaller for it. The lowest bit says which.
class Leaf {
 public:
  Leaf() noexcept = default;
  explicit Leaf(PendingLeaf& leaf) noexcept : bits_(reinterpret_cast<std::uintptr_t>(&leaf)) {}
  explicit Leaf(Sleep& sleep) noexcept
      : bits_(reinterpret_cast<std::uintptr_t>(&sleep) | kIsSleep) {}

  [[nodiscard]] explicit operator bool() const noexcept { return bits_ != 0; }
  /// Polls the future. True: the coroutine that awaits it can go on.
  [[nodiscard]] bool poll(Context& context) const noexcept {
    if ((bits_ & kIsSleep) != 0)
      return reinterpret_cast<Sleep*>(bits_ - kIsSleep)->poll(context).is_ready();
    auto& leaf = *reinterpret_cast<PendingLeaf*>(bits_);
    return leaf.poll(leaf, context);
  }

 private:
  static constexpr std::uintptr_t kIsSleep = 1;
  std::uintptr_t bits_ = 0;
};

/// What a thread keeps of its coroutines.
struct CoroutineThread {
  /// The chain whose coroutines run, where a poll drives them; null: the running task's.
  Chain* nested = nullptr;
  /// A call waits on this stack for the running coroutine to return (that of an await which began
  /// its child, or of a poll), so that control must not go to another task.
  bool has_caller = false;
  /// Whether the coroutine whose end has come returns to who has called it, see FinalAwaiter.
  bool ends_in_call = false;
  /// Who has resumed a task's coroutine gets control back: since it waits, where this is set;
  /// otherwise since the task has come to its end.
  bool is_left = false;
  /// Awaits begin their children by a call while the stack pointer is above this.
  std::uintptr_t lowest_call = ~std::uintptr_t{0};
};
extern constinit thread_local CoroutineThread coroutine_thread [[gnu::tls_model("initial-exec")]];

/// Whether an await may begin its child by a call.
[[nodiscard]] inline bool has_room_to_call() noexcept {
  return twofold::detail::stack_pointer() > coroutine_thread.lowest_call;
}

/// In an await or a poll: has_caller is true for its life.
class Calling {
 public:
  Calling() noexcept : before_(std::exchange(coroutine_thread.has_caller, true)) {}
  ~Calling() { coroutine_thread.has_caller = before_; }
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;

 private:
  bool before_;
};

/// Of an await: links the two coroutines.
struct ReceiverBase {
  PromiseBase* parent;  ///< the awaiting coroutine
  /// The Async that has the awaited one; then, where it has not come to its end at once, that one
  /// itself and kBegun, until its frame is destroyed.
  std::uintptr_t awaited;
  static constexpr std::uintptr_t kBegun = 1;
};

/// Where a coroutine's outcome goes that is awaited: in the frame of who awaits it.
template <class T>
struct Receiver : ReceiverBase {
  Outcome<T> outcome;
};

class Chain {
 public:
  /// The innermost coroutine waits for `leaf`; without one it is to go on at the next wake, as at
  /// its start.
  void park(PromiseBase& innermost, Leaf leaf) noexcept {
    innermost_ = &innermost;
    leaf_ = leaf;
  }

  /// Whether a future is to be polled before it can go on. Precondition: parked, as for the next.
  [[nodiscard]] bool has_leaf() const noexcept { return static_cast<bool>(leaf_); }
  [[nodiscard]] std::coroutine_handle<> innermost() const noexcept;

  /// What to resume: the innermost coroutine, or null if its leaf is still pending.
  [[nodiscard]] std::coroutine_handle<> ready_coroutine(TaskHeader& task) noexcept;

  /// The first coroutine has ended.
  void end() noexcept {
    innermost_ = nullptr;
    leaf_ = Leaf();
  }

  /// Destroys all frames, innermost first, without recursion. Only while parked or before the
  /// start; nothing happens after the end.
  void destroy_frames() noexcept;

  /// Calls visit(promise) for each coroutine, innermost first.
  template <class Visit>
  void for_each(Visit&& visit) const;

 private:
  PromiseBase* innermost_ = nullptr;
  Leaf leaf_;
};

struct StacklessOps : twofold::detail::TaskOps {
  /// Of a task that ends without: its outcome begins its life as nothing.
  void (*begin_outcome)(StacklessTask&) noexcept;
  /// The coroutine has ended or is destroyed: callable and arguments go. Null: there are none.
  void (*release_call)(StacklessTask&) noexcept;
};

/// A task whose suspended state is a chain. The chain lies right behind the header, so that what a
/// resumption touches first is in the header's cache lines, and the executor can prefetch the
/// innermost frame (RunQueue::pop).
class StacklessTask : public TaskHeader, public Chain {
 public:
  StacklessTask(const StacklessOps& ops, Executor& executor) noexcept : TaskHeader(ops, executor) {}

  static void resume(TaskHeader& task) noexcept;
  static void cancel(TaskHeader& task) noexcept;
  static void trace(TaskHeader& task, void (*frame)(void*, const void*), void* to);

  void release_call() noexcept {
    const auto release = static_cast<const StacklessOps&>(ops()).release_call;
    if (release != nullptr) release(*this);
  }

 protected:
  ~StacklessTask() = default;
};

/// The task that runs on this thread.
[[nodiscard]] inline TaskHeader& running_task() noexcept {
  return *twofold::detail::current_executor()->running();
}

/// The chain that runs on this thread.
[[nodiscard]] inline Chain& running_chain() noexcept {
  if (Chain* const nested = coroutine_thread.nested; nested != nullptr) [[unlikely]]
    return *nested;
  return static_cast<StacklessTask&>(running_task());
}

/// What the promises of all coroutines have in common. First base of each promise. One word: where
/// the outcome goes, and in its lowest bits how control gets from the end to who waits for it.
class PromiseBase {
 public:
  [[nodiscard]] std::coroutine_handle<PromiseBase> handle() noexcept {
    return std::coroutine_handle<PromiseBase>::from_promise(*this);
  }

  static void* operator new(std::size_t bytes) { return frame_pool.allocate(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    frame_pool.deallocate(frame, bytes);
  }

  /// Its await does not call it, but switches to it.
  void set_receiver(ReceiverBase& receiver) noexcept {
    to_ = reinterpret_cast<std::uintptr_t>(&receiver);
  }
  /// The first of a chain that polls drive: it stays suspended at its end. The outcome need not
  /// have begun its life.
  template <class T>
  void set_root(Outcome<T>& outcome) noexcept {
    to_ = (reinterpret_cast<std::uintptr_t>(&outcome) - kOutcomeOffset<T>) | kRoot;
  }
  /// The first of a task, likewise: at its end it returns to who has resumed one of them.
  template <class T>
  void set_first(Outcome<T>& outcome) noexcept {
    set_root(outcome);
    to_ |= kCalled;
  }
  /// Its await calls it, through `receiver`.
  void set_caller(ReceiverBase& receiver) noexcept {
    to_ = reinterpret_cast<std::uintptr_t>(&receiver) | kCalled;
  }
  /// It has returned to its await before its end.
  void set_left() noexcept { to_ ^= kCalled | kLeft; }

  [[nodiscard]] bool has_receiver() const noexcept { return to_ != 0; }
  [[nodiscard]] bool is_root() const noexcept { return (to_ & kRoot) != 0; }
  /// At its end it returns: its await has called it, or it is the first of a task.
  [[nodiscard]] bool is_called() const noexcept { return (to_ & kCalled) != 0; }
  [[nodiscard]] bool is_left() const noexcept { return (to_ & kLeft) != 0; }
  /// Not of a root.
  [[nodiscard]] ReceiverBase& receiver() const noexcept {
    return *reinterpret_cast<ReceiverBase*>(to_ & ~kBits);
  }
  /// For who sets it: a root's begins its life only now.
  template <class T>
  [[nodiscard]] Outcome<T>& begin_outcome() const noexcept {
    Outcome<T>& outcome = this->outcome<T>();
    if (is_root()) std::construct_at(&outcome);
    return outcome;
  }
  template <class T>
  [[nodiscard]] Outcome<T>& outcome() const noexcept {
    return *reinterpret_cast<Outcome<T>*>((to_ & ~kBits) + kOutcomeOffset<T>);
  }

 private:
  static constexpr std::uintptr_t kCalled = 1;
  static constexpr std::uintptr_t kRoot = 2;
  static constexpr std::uintptr_t kLeft = 4;
  static constexpr std::uintptr_t kBits = kCalled | kRoot | kLeft;

  // Where a Receiver<T> has its outcome. What a root points to is no receiver: the outcome alone,
  // less this.
  template <class T>
  static constexpr std::uintptr_t kOutcomeOffset =
      (sizeof(ReceiverBase) + alignof(Outcome<T>) - 1) / alignof(Outcome<T>) * alignof(Outcome<T>);

  std::uintptr_t to_ = 0;
};

inline std::coroutine_handle<> Chain::innermost() const noexcept { return innermost_->handle(); }

inline std::coroutine_handle<> Chain::ready_coroutine(TaskHeader& task) noexcept {
  if (leaf_) {
    Context context(task);
    if (!leaf_.poll(context)) return nullptr;
  }
  return innermost_->handle();
}

template <class Visit>
void Chain::for_each(Visit&& visit) const {
  for (PromiseBase* promise = innermost_; promise != nullptr;
       promise = promise->is_root() ? nullptr : promise->receiver().parent) {
    visit(*promise);
  }
}

inline void Chain::destroy_frames() noexcept {
  PromiseBase* promise = innermost_;
  end();
  while (promise != nullptr) {
    ReceiverBase* const receiver = promise->is_root() ? nullptr : &promise->receiver();
    promise->handle().destroy();
    promise = nullptr;
    if (receiver != nullptr) {
      receiver->awaited = 0;
      promise = receiver->parent;
    }
  }
}

// The following give the coroutine that control goes to when the running one cannot go on: that of
// another task that is ready, or the one that returns to who has called.

/// The running task has parked.
[[nodiscard]] std::coroutine_handle<> switch_away() noexcept;
/// `innermost` waits for `leaf`.
[[nodiscard]] std::coroutine_handle<> park_and_switch(PromiseBase& innermost, Leaf leaf) noexcept;
/// `innermost` lets all others that are ready run first. Hot path, guarded by the `yield` workload.
[[nodiscard]] std::coroutine_handle<> yield_and_switch(PromiseBase& innermost) noexcept;
/// `innermost` waits, through `leaf`, for the end of `awaited`. Tasks that have not begun, and
/// whose turn would come, run on top of it where the stack has room: where `awaited` ends so,
/// `innermost` goes on, and has never been parked. Hot path, guarded by the `fib` workload.
[[nodiscard]] std::coroutine_handle<> join_and_switch(PromiseBase& innermost, Leaf leaf,
                                                      TaskHeader& awaited) noexcept;

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
