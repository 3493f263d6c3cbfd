// The task header: what every task is, whatever keeps its suspended state.
//
// A task is this header (identity, state, references, how to resume it) plus the place where its
// state sleeps: coroutine frames or a fiber's stack. Both runtimes derive from TaskHeader, and the
// executor, the leaf futures and the join handles know nothing else.
//
// States of a task of a one-worker executor, and who acts on each arrow:
//
//            spawn                 pop (worker)            await pending (the task itself)
//   (new) ----------> scheduled ----------------> running ------------------------------> idle
//                        ^  ^                      |   |                                   |
//                        |  +----------------------+   | returns, throws, or cancelled     |
//                        |    wake while running       v                                   |
//                        |    (it runs again later)  complete                              |
//                        +-----------------------------------------------------------------+
//                                                  wake
//
// Who may touch what:
//   flags_, local_refs_, run-queue membership   the owner: the thread that runs the executor. Plain
//                                               memory, so that a wake from the task's own thread
//                                               costs no atomic read-modify-write.
//   shared_                                     any thread: references taken or dropped elsewhere,
//                                               "woken from elsewhere", "done", the join handshake.
//   inbox_next                                  the thread that set kRemoteWoken, until the owner
//   has
//                                               taken the task out of the inbox.
//
// With several workers the same states and arrows hold, but any thread may wake, and any worker may
// run the task next. flags_ is then an atomic word, and each arrow one read-modify-write:
//
//   wake       set kScheduled; who finds none of kScheduled, kRunning, kComplete puts it in a queue
//   pop        set to kRunning alone: the worker that took it from the queue has it for itself
//   park       clear kRunning, once nobody is in the task's frames; who finds kScheduled queues it
//   complete   set to kComplete alone
//
// All are acquire-release, so what a waker did before is seen by the next poll, and what one worker
// wrote in the frames by the next. executor_ is the runtime's, which is no thread's current one, so
// that is_owner() is false on all threads and references are counted in shared_.
//
// References are counted in two halves (biased reference counting: Choi, Shull, Torrellas, PACT
// 2018): the owner counts in local_refs_, all others in shared_, whose half may be negative while
// the owner's is not merged. Completion merges the halves in one read-modify-write that also
// publishes the result; since the executor holds a reference until then, no other thread can drop
// the last one before.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "twofold/detail/this_thread_address.hpp"

namespace twofold::detail {

class Executor;
class TaskHeader;

extern "C" {
extern constinit thread_local Executor* twofold_current_executor [[gnu::tls_model("initial-exec")]];
}

/// The executor that runs on this thread, or null. To be set where it is given one.
[[nodiscard]] inline Executor*& current_executor() noexcept {
  Executor** slot = nullptr;
  TWOFOLD_THIS_THREAD_ADDRESS(slot, twofold_current_executor);
  return *slot;
}

/// A counted reference to a task: what a leaf future keeps in order to wake. Null when moved from.
/// Wakes may come from any thread. Costs no atomic operation on the thread that owns the task.
class TaskRef {
 public:
  TaskRef() noexcept = default;
  explicit TaskRef(TaskHeader* task) noexcept;
  TaskRef(const TaskRef& other) noexcept : TaskRef(other.task_) {}
  TaskRef(TaskRef&& other) noexcept : task_(std::exchange(other.task_, nullptr)) {}
  TaskRef& operator=(TaskRef other) noexcept {
    std::swap(task_, other.task_);
    return *this;
  }
  ~TaskRef() { reset(); }

  void reset() noexcept;
  /// Makes this refer to `task`; free where it does already.
  void refer_to(TaskHeader* task) noexcept {
    if (task_ != task) *this = TaskRef(task);
  }
  [[nodiscard]] TaskHeader* get() const noexcept { return task_; }
  [[nodiscard]] TaskHeader* release() noexcept { return std::exchange(task_, nullptr); }
  explicit operator bool() const noexcept { return task_ != nullptr; }
  void wake() const noexcept;

 private:
  TaskHeader* task_ = nullptr;
};

/// What a task can do, by the runtime that made it.
struct TaskOps {
  /// Runs the task until it parks or completes. Called on the worker's own stack.
  void (*resume)(TaskHeader&) noexcept;
  /// Ends the task where it is parked: all its destructors run, then it is complete. On the
  /// worker's stack.
  void (*cancel)(TaskHeader&) noexcept;
  /// Where the task's Outcome<T> is.
  void* (*outcome)(TaskHeader&) noexcept;
  /// Gives the task's memory back; nobody refers to it any more. Any thread.
  void (*destroy)(TaskHeader&) noexcept;
  /// Calls `frame` with a code address in each function that is suspended in the task, innermost
  /// first. Only while the task is parked.
  void (*trace)(TaskHeader&, void (*frame)(void* to, const void* address), void* to);
};

enum class JoinState : std::uint8_t { kDone, kWaiting };

/// One value of a TaskLocal in one task.
struct TaskLocalNode {
  virtual ~TaskLocalNode() = default;
  const void* key = nullptr;  // the TaskLocal
  std::unique_ptr<TaskLocalNode> next;
};

/// What few tasks have, so that the others pay a pointer for it.
struct TaskExtras {
  std::atomic<const char*> name{nullptr};  // written by the task, read by whoever lists tasks
  std::unique_ptr<TaskLocalNode> locals;
};

class TaskHeader {
 public:
  TaskHeader(const TaskOps& ops, Executor& executor) noexcept;
  TaskHeader(const TaskHeader&) = delete;
  TaskHeader& operator=(const TaskHeader&) = delete;
  ~TaskHeader() { delete extras_.load(std::memory_order_relaxed); }

  [[nodiscard]] const TaskOps& ops() const noexcept { return *ops_; }
  [[nodiscard]] Executor& executor() const noexcept { return *executor_; }
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// With several workers, for any thread that holds a reference.
  [[nodiscard]] const char* name() const noexcept {
    const TaskExtras* const extras = extras_.load(std::memory_order_acquire);
    return extras != nullptr ? extras->name.load(std::memory_order_relaxed) : nullptr;
  }
  /// Of the running task. Made when first asked for, gone with the task. Throws
  /// std::bad_alloc.
  [[nodiscard]] TaskExtras& extras() {
    TaskExtras* extras = extras_.load(std::memory_order_relaxed);
    if (extras == nullptr) {
      extras = new TaskExtras;
      extras_.store(extras, std::memory_order_release);  // pairs with name()
    }
    return *extras;
  }
  [[nodiscard]] const char* waiting_for() const noexcept { return waiting_for_; }
  void set_waiting_for(const char* what) noexcept { waiting_for_ = what; }

  // ---- references (any thread) ----
  void acquire() noexcept;
  void release() noexcept;

  /// With several workers, on any thread: keeps the task parked while its stack is looked at.
  /// False: it runs or is over. Ended by let_go().
  [[nodiscard]] bool hold_parked() noexcept;
  void let_go() noexcept;
  [[nodiscard]] bool is_shared() const noexcept {
    return (shared_.load(std::memory_order_relaxed) & kShared) != 0;
  }

  /// Makes the task run again. Ignored when it is complete; many wakes before it runs are one.
  void wake() noexcept;
  /// Asks that the task be cancelled where it is parked, or where it next parks. Any thread.
  void request_cancel() noexcept;

  // ---- the join handshake (the holder of the join handle; any thread) ----
  /// Done, or `waiter` will be woken on completion (it replaces an earlier one).
  [[nodiscard]] JoinState poll_join(TaskHeader& waiter) noexcept;
  [[nodiscard]] bool is_done() const noexcept {
    // Pairs with the release in complete(): who sees the bit sees the result.
    return (shared_.load(std::memory_order_acquire) & kDone) != 0;
  }

  // ---- the owner ----
  [[nodiscard]] bool is_complete() const noexcept { return (flags_ & kComplete) != 0; }
  [[nodiscard]] bool is_running() const noexcept { return (flags_ & kRunning) != 0; }
  [[nodiscard]] bool cancel_requested() const noexcept {
    return (shared_.load(std::memory_order_relaxed) & kCancelRequested) != 0;
  }
  /// running -> complete: publishes the result, wakes the joiner, drops the executor's reference.
  /// True: nobody refers to the task any more and the caller must destroy it (a fiber cannot
  /// give back the stack it runs on). False: it may be gone already.
  [[nodiscard]] bool complete() noexcept;

 private:
  friend class Executor;
  friend class Worker;
  friend class Workers;

  // flags_: written by the owner only.
  static constexpr std::uint32_t kScheduled =
      1;  ///< is in the run queue; set by wake, cleared by pop
  static constexpr std::uint32_t kRunning = 2;  ///< set by pop, cleared by the next pop
  static constexpr std::uint32_t kComplete =
      4;  ///< set by complete(), for good; references are merged

  // shared_: any thread, by read-modify-write. The count of references stands above the bits,
  // signed.
  static constexpr std::uint64_t kRemoteWoken = 1;      ///< is in the inbox or on its way there
  static constexpr std::uint64_t kDone = 2;             ///< set by complete(), for good
  static constexpr std::uint64_t kJoinWaker = 4;        ///< joiner_ belongs to complete() while set
  static constexpr std::uint64_t kCancelRequested = 8;  ///< set by request_cancel(), for good
  static constexpr std::uint64_t kShared = 16;          ///< of a runtime with several workers
  static constexpr std::uint64_t kRoot = 32;            ///< a block_on waits for it there
  static constexpr std::uint64_t kReference = 64;

  [[nodiscard]] bool is_owner() const noexcept {
    return executor_ == current_executor() && (flags_ & kComplete) == 0;
  }
  void release_shared() noexcept;
  void wake_remote() noexcept;
  [[nodiscard]] bool complete_shared() noexcept;
  void drop_locals() noexcept;
  [[nodiscard]] bool publish_end(std::uint64_t own_references) noexcept;

  // ---- with several workers: flags_ as a word that any thread changes ----
  [[nodiscard]] std::atomic_ref<std::uint32_t> state() noexcept {
    return std::atomic_ref<std::uint32_t>(flags_);
  }
  /// By the task itself, while it runs: it runs again later, behind the others.
  void schedule_again() noexcept { state().fetch_or(kScheduled, std::memory_order_acq_rel); }
  void wake_shared() noexcept;

  const TaskOps* ops_;
  Executor* executor_;
  std::uint32_t flags_ = 0;
  // The executor's own, until complete(). With several workers references are counted in shared_
  // alone, and this is which worker's list the task is on.
  std::uint32_t local_refs_ = 1;
  std::atomic<std::uint64_t> shared_{0};
  TaskHeader* inbox_next_ = nullptr;  // with several workers: in the queue that they share
  TaskRef joiner_;
  TaskHeader* live_previous_ = nullptr;
  TaskHeader* live_next_ = nullptr;
  std::uint64_t id_ = 0;
  std::atomic<TaskExtras*> extras_{nullptr};
  const char* waiting_for_ = nullptr;
};

inline TaskRef::TaskRef(TaskHeader* task) noexcept : task_(task) {
  if (task_ != nullptr) task_->acquire();
}

inline void TaskRef::reset() noexcept {
  if (task_ != nullptr) std::exchange(task_, nullptr)->release();
}

inline void TaskRef::wake() const noexcept {
  if (task_ != nullptr) task_->wake();
}

inline void TaskHeader::acquire() noexcept {
  if (is_owner()) {
    ++local_refs_;
  } else {
    // Relaxed: whoever acquires holds a reference, so the count cannot fall to zero meanwhile.
    shared_.fetch_add(kReference, std::memory_order_relaxed);
  }
}

inline void TaskHeader::release() noexcept {
  if (is_owner()) {
    --local_refs_;
  } else {
    release_shared();
  }
}

}  // namespace twofold::detail
