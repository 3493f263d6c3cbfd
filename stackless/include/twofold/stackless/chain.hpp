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

#include <cassert>
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
using Coroutine = std::coroutine_handle<PromiseBase>;

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
  /// Who has resumed or called a coroutine gets control back. False: since that one has come to its
  /// end. True: since it waits, or, where there is one, since `next` goes on.
  bool is_left = false;
  /// The coroutine that awaited one which has come to its end and was not called.
  Coroutine next;
  /// Awaits begin their children by a call while the stack pointer is above this.
  std::uintptr_t lowest_call = ~std::uintptr_t{0};
};
extern constinit thread_local CoroutineThread coroutine_thread [[gnu::tls_model("initial-exec")]];

/// Whether an await may begin its child by a call.
[[nodiscard]] inline bool has_room_to_call() noexcept {
  return twofold::detail::stack_is_above(coroutine_thread.lowest_call);
}

/// Of an await: links the awaited coroutine to the one that awaits.
struct ReceiverBase {
  Coroutine parent;
};

/// Where a coroutine's outcome goes that is awaited: in the frame of who awaits it.
template <class T>
struct Receiver {
  Outcome<T> outcome;
  ReceiverBase link;  // right behind it
};

class Chain {
 public:
  /// The innermost coroutine waits for `leaf`.
  void park(Coroutine innermost, Leaf leaf) noexcept {
    innermost_ = innermost;
    leaf_ = leaf;
  }
  /// It is to go on at the next wake, as at its start. Of a chain that runs, which has no leaf.
  void park(Coroutine innermost) noexcept {
    assert(!leaf_);
    innermost_ = innermost;
  }

  /// Whether a future is to be polled before it can go on. Precondition: parked, as for the next.
  [[nodiscard]] bool has_leaf() const noexcept { return static_cast<bool>(leaf_); }
  [[nodiscard]] Coroutine innermost() const noexcept { return innermost_; }

  /// What to resume: the innermost coroutine, or null if its leaf is still pending.
  [[nodiscard]] Coroutine ready_coroutine(TaskHeader& task) noexcept;

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
  /// Null at the end.
  [[nodiscard]] PromiseBase* innermost_promise() const noexcept {
    return innermost_ ? &innermost_.promise() : nullptr;
  }

  Coroutine innermost_;
  Leaf leaf_;  // null while the chain runs
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

/// The executor of the task that runs on this thread. (What resumes a coroutine calls it: unlike a
/// fiber, it is on one thread from there to where it parks, and may have the address of a
/// thread_local from the compiler.)
[[nodiscard]] inline Executor& running_executor() noexcept {
  return *twofold::detail::twofold_current_executor;
}

/// The task that runs on this thread.
[[nodiscard]] inline TaskHeader& running_task() noexcept { return *running_executor().running(); }

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
  [[nodiscard]] Coroutine handle() noexcept { return Coroutine::from_promise(*this); }

  static void* operator new(std::size_t bytes) { return frame_pool.allocate(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    frame_pool.deallocate(frame, bytes);
  }

  // How it begins, once.

  /// Its await calls it, through `receiver`.
  void set_caller(ReceiverBase& receiver) noexcept {
    to_ = reinterpret_cast<std::uintptr_t>(&receiver) + kHasCaller;
  }
  /// The first of a task. The outcome need not have begun its life.
  template <class T>
  void set_first(Outcome<T>& outcome) noexcept {
    to_ = reinterpret_cast<std::uintptr_t>(&outcome + 1) | kRoot;
  }
  /// The first of a chain that polls drive, likewise.
  template <class T>
  void set_polled(Outcome<T>& outcome) noexcept {
    set_first(outcome);
    to_ |= kHandsOver;
  }

  /// A call waits on this stack for the coroutine, which runs, to return: that of an await, or who
  /// polls. So control must not go to another task.
  void set_has_caller() noexcept { to_ |= kHasCaller; }
  [[nodiscard]] bool has_caller() const noexcept { return (to_ & kHasCaller) != 0; }
  /// All such calls return, since it waits. (One that awaits it may keep the bit: it will return
  /// once for nothing.)
  void leave_callers() noexcept { to_ &= ~kHasCaller; }
  /// The await that has called it is suspended, and will not be returned to.
  void set_left() noexcept { to_ = (to_ & ~kHasCaller) | kHandsOver; }
  /// Its await, which is `parent`'s, does not call it, but switches to it.
  void set_switched_to(const PromiseBase& parent) noexcept {
    set_left();
    to_ |= parent.to_ & kHasCaller;
  }

  /// Whether somebody has to be told of its end, who does not see it by getting control back.
  [[nodiscard]] bool hands_over() const noexcept { return (to_ & kHandsOver) != 0; }
  [[nodiscard]] bool is_root() const noexcept { return (to_ & kRoot) != 0; }
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
    return *(reinterpret_cast<Outcome<T>*>(to_ & ~kBits) - 1);
  }

 private:
  static constexpr std::uintptr_t kHandsOver = 1;
  static constexpr std::uintptr_t kRoot = 2;
  static constexpr std::uintptr_t kHasCaller = 4;
  static constexpr std::uintptr_t kBits = kHandsOver | kRoot | kHasCaller;

  // The end of the Outcome, where a receiver has its link. Not before it begins.
  std::uintptr_t to_;
};

inline Coroutine Chain::ready_coroutine(TaskHeader& task) noexcept {
  if (leaf_) {
    Context context(task);
    if (!leaf_.poll(context)) return nullptr;
    leaf_ = Leaf();
  }
  return innermost_;
}

template <class Visit>
void Chain::for_each(Visit&& visit) const {
  for (PromiseBase* promise = innermost_promise(); promise != nullptr;
       promise = promise->is_root() ? nullptr : &promise->receiver().parent.promise()) {
    visit(*promise);
  }
}

inline void Chain::destroy_frames() noexcept {
  PromiseBase* promise = innermost_promise();
  end();
  while (promise != nullptr) {
    PromiseBase* const parent =
        promise->is_root() ? nullptr : &promise->receiver().parent.promise();
    promise->handle().destroy();
    promise = parent;
  }
}

/// `handle` as that of its promise's first base.
template <class Promise>
[[nodiscard]] Coroutine coroutine_of(std::coroutine_handle<Promise> handle) noexcept {
  static_assert(alignof(Promise) == alignof(PromiseBase));  // which tells where it is in the frame
  return Coroutine::from_address(handle.address());
}

// The following give the coroutine that control goes to when the running one cannot go on: that of
// another task that is ready, or the one that returns to who has called.

/// `parent` waits for `child`, which it has called and which waits, or which is to begin.
[[nodiscard]] std::coroutine_handle<> suspend_await(PromiseBase& parent,
                                                    PromiseBase& child) noexcept;
/// `innermost` waits for `leaf`.
[[nodiscard]] std::coroutine_handle<> park_and_switch(Coroutine innermost, Leaf leaf) noexcept;
/// `innermost` lets all others that are ready run first.
[[nodiscard]] std::coroutine_handle<> yield_and_switch_slow(Coroutine innermost) noexcept;

/// The same where nobody has called, if the next task goes on without being asked, as one that has
/// yielded. Null: nothing has been done.
[[nodiscard, gnu::always_inline]] inline std::coroutine_handle<> try_yield_and_switch(
    Executor& executor, Coroutine innermost) noexcept {
  auto& task = static_cast<StacklessTask&>(*executor.running());
  task.park(innermost);
  TaskHeader* const next = executor.defer_and_switch(task, [](const TaskHeader& other) {
    return !static_cast<const StacklessTask&>(other).has_leaf();
  });
  return next != nullptr ? static_cast<StacklessTask*>(next)->innermost() : nullptr;
}

/// As yield_and_switch_slow(), in the coroutine's own body. Hot path, guarded by the `yield`
/// workload.
[[nodiscard, gnu::always_inline]] inline std::coroutine_handle<> yield_and_switch(
    Coroutine innermost) noexcept {
  Executor& executor = running_executor();
  if (!innermost.promise().has_caller() && executor.has_turn() && !executor.has_many_tasks())
      [[likely]] {
    const auto next = try_yield_and_switch(executor, innermost);
    if (next) [[likely]]
      return next;
  }
  return yield_and_switch_slow(innermost);
}
/// `innermost` waits, through `leaf`, for the end of `awaited`. Tasks that have not begun, and
/// whose turn would come, run on top of it where the stack has room: where `awaited` ends so,
/// `innermost` goes on, and has never been parked. Hot path, guarded by the `fib` workload.
[[nodiscard]] std::coroutine_handle<> join_and_switch(Coroutine innermost, Leaf leaf,
                                                      TaskHeader& awaited) noexcept;

/// `ended`, which was not called, has come to its end: who awaited it is next, or who polls sees
/// it.
void hand_over(PromiseBase& ended) noexcept;
/// Resumes what is next, and so on: a call has returned without an outcome.
void run_next() noexcept;
/// Resumes `coroutine` of a chain that is polled, and what is next; null: there is nothing to do.
void run_in_poll(Coroutine coroutine) noexcept;

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
