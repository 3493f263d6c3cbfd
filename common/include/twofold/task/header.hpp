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
//   flags_, local_, run-queue membership        the owner: the thread that runs the executor. Plain
//                                               memory, so that a wake from the task's own thread
//                                               costs no atomic read-modify-write.
//   shared_                                     any thread: references taken or dropped elsewhere,
//                                               "woken from elsewhere", "done", the join handshake.
//   inbox_next_                                 the thread that set kRemoteWoken, until the owner
//                                               has taken the task out of the inbox.
//   joiner_                                     the owner, until a thread other than it has joined
//                                               (kForeignJoin); then poll_join() and complete() by
//                                               turns, as kJoinWaker says.
//
// With several workers each task is at home on one of them, which runs it, and all of the above
// holds with that worker as the owner: where its thread touches a task it pays no atomic
// read-modify-write. What differs is that a task moves: a worker without work takes tasks that are
// ready from another, whatever that one's running task does meanwhile. So the owner's part of a
// task is guarded by the worker's lock (OwnerLock), which its own thread takes for next to nothing:
//
//   running            nobody moves it; its worker may count references without the lock
//   ready, in a queue  under the lock of its worker, by the worker or by who takes it from there
//   parked             likewise; a wake from another thread goes to the inbox, or where the worker
//                      sleeps moves the task to the waker's
//
// Where a task is at home stands in flags_, in the upper half, and is changed only with the lock of
// the one that it leaves; who reads it without may be late, and finds the task gone from there (the
// inbox sends it on). executor_ is the runtime's, which is no thread's current one, so that
// is_owner() is false on all threads and each operation comes to its form for several workers.
// Most tasks live and end unknown to other threads: then (kAtHome) shared_ needs no
// read-modify-write under the lock of the task's worker. The task leaves home before its first
// reference is given out, when it is moved, and by the first use of a handle elsewhere.
//
// References are counted in two halves (biased reference counting: Choi, Shull, Torrellas, PACT
// 2018): the owner counts in local_, all others in shared_, whose half may be negative while
// the owner's is not merged. Completion merges the halves in one read-modify-write that also
// publishes the result; since the executor holds a reference until then, no other thread can drop
// the last one before. It is the only atomic read-modify-write in the life of a task that is
// spawned, joined and dropped on its own thread, and a store where no other thread knows of it.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "twofold/detail/atomic.hpp"
#include "twofold/detail/this_thread_address.hpp"
#include "twofold/task/extras.hpp"
#include "twofold/task/waits_for.hpp"

namespace twofold::detail {

class Executor;
class TaskHeader;
class Worker;

/// Names a runtime's executor in two bytes, for its tasks; 0: none. The first thing in an Executor.
struct ExecutorIndex {
  std::uint16_t value = 0;
};

extern "C" {
extern constinit thread_local Executor* twofold_current_executor [[gnu::tls_model("initial-exec")]];
/// By index; written before the first task is made that names it.
extern constinit Executor* twofold_executors[1 << 16];
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
  /// Takes over a reference that is counted already.
  [[nodiscard]] static TaskRef adopt(TaskHeader& task) noexcept {
    TaskRef ref;
    ref.task_ = &task;
    return ref;
  }
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

class TaskHeader {
 public:
  /// With a reference of the executor's and one of the maker's, to be adopted.
  TaskHeader(const TaskOps& ops, Executor& executor) noexcept;
  TaskHeader(const TaskHeader&) = delete;
  TaskHeader& operator=(const TaskHeader&) = delete;
  ~TaskHeader() {
    if (joiner_.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
      drop_joiner();
    if (TaskExtras* const extras = find_extras()) [[unlikely]]
      delete extras;
  }

  [[nodiscard]] const TaskOps& ops() const noexcept {
    return *reinterpret_cast<const TaskOps*>(static_cast<std::uintptr_t>(ops_));
  }
  [[nodiscard]] Executor& executor() const noexcept { return *twofold_executors[executor_]; }
  /// For any thread that holds a reference, as the next.
  [[nodiscard]] std::uint64_t id() const noexcept {
    const std::uint64_t identity = identity_.load(std::memory_order_acquire);
    return (identity & kHasExtras) == 0 ? identity >> 1 : extras_of(identity)->id;
  }
  [[nodiscard]] const char* name() const noexcept {
    const TaskExtras* const extras = find_extras();
    return extras != nullptr ? extras->name.load(std::memory_order_relaxed) : nullptr;
  }
  /// Of the running task. Made when first asked for, gone with the task. Throws
  /// std::bad_alloc.
  [[nodiscard]] TaskExtras& extras() {
    TaskExtras* extras = find_extras();
    if (extras == nullptr) {
      extras = new TaskExtras;
      extras->id = id();
      keep(extras);
    }
    return *extras;
  }
  /// Before the task is admitted.
  void set_extras(std::unique_ptr<TaskExtras> extras) noexcept { keep(extras.release()); }
  [[nodiscard]] WaitsFor waits_for() const noexcept {
    return static_cast<WaitsFor>(local_ & kWaitsFor);
  }
  /// Of the running task.
  void set_waits_for(WaitsFor what) noexcept {
    local_ = (local_ & ~kWaitsFor) | static_cast<std::uint32_t>(what);
  }

  // ---- references (any thread) ----
  void acquire() noexcept;
  void release() noexcept;

  /// With several workers, on any thread: keeps the task parked while its stack is looked at, and
  /// says what it waits for. Nothing: it runs or is over. Ended by let_go().
  [[nodiscard]] std::optional<WaitsFor> hold_parked() noexcept;
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
  [[nodiscard]] JoinState poll_join(TaskHeader& waiter) noexcept {
    // Acquire: as in is_done().
    const std::uint64_t state = shared_.load(std::memory_order_acquire);
    if ((state & kDone) != 0) return JoinState::kDone;
    if (!is_here() || (state & kForeignJoin) != 0) [[unlikely]]
      return poll_join_foreign(waiter);
    flags_ |= kJoined;
    set_joiner(waiter);
    return JoinState::kWaiting;
  }
  [[nodiscard]] bool is_done() const noexcept {
    // Pairs with the release in complete(): who sees the bit sees the result.
    return (shared_.load(std::memory_order_acquire) & kDone) != 0;
  }

  // ---- the owner ----
  [[nodiscard]] bool is_complete() const noexcept { return (flags_ & kComplete) != 0; }
  /// One worker: on its thread.
  [[nodiscard]] bool is_running() const noexcept;
  [[nodiscard]] bool cancel_requested() const noexcept {
    return (shared_.load(std::memory_order_relaxed) & kCancelRequested) != 0;
  }
  /// The running task's function is over: its locals go. Before complete(), while it still is the
  /// running task.
  void drop_locals() noexcept {
    TaskExtras* const extras = find_extras();
    if (extras != nullptr) [[unlikely]]
      extras->locals.reset();
  }
  /// running -> complete: publishes the result, wakes the joiner, drops the executor's reference.
  /// drop_locals() comes first. True: nobody refers to the task any more and the caller must
  /// destroy it (a fiber cannot give back the stack it runs on). False: it may be gone already.
  [[nodiscard]] bool complete() noexcept;

 private:
  friend class Executor;
  friend class Worker;
  friend class Workers;

  using Flags = std::uint32_t;

  // flags_: written by the owner only.
  static constexpr Flags kScheduled = 1;     ///< in a queue; set by wake and spawn, cleared by pop
  static constexpr Flags kRunning = 2;       ///< with several workers only: until it is left
  static constexpr Flags kComplete = 4;      ///< set by complete(), for good; references are merged
  static constexpr Flags kToCancel = 8;      ///< the owner knows of kCancelRequested
  static constexpr Flags kJoined = 16;       ///< the owner has set joiner_
  static constexpr Flags kJoinerTaken = 32;  ///< complete() has taken what the owner set
  // With several workers only.
  static constexpr Flags kHeld = 64;          ///< somebody looks at its stack: is not queued
  static constexpr unsigned kHomeShift = 16;  ///< above: the index of the worker that it is on
  static constexpr Flags kHome = ~Flags{0} << kHomeShift;

  // shared_: any thread, by read-modify-write. The count of references stands above the bits,
  // signed.
  static constexpr std::uint64_t kRemoteWoken = 1;      ///< is in the inbox or on its way there
  static constexpr std::uint64_t kDone = 2;             ///< set by complete(), for good
  static constexpr std::uint64_t kJoinWaker = 4;        ///< joiner_ belongs to complete() while set
  static constexpr std::uint64_t kCancelRequested = 8;  ///< set by request_cancel(), for good
  static constexpr std::uint64_t kShared = 16;          ///< of a runtime with several workers
  static constexpr std::uint64_t kRoot = 32;            ///< a block_on waits for it there
  static constexpr std::uint64_t kForeignJoin = 64;     ///< set by poll_join() elsewhere, for good
  static constexpr std::uint64_t kAtHome = 128;         ///< until leave_home(): only under the lock
  static constexpr std::uint64_t kReference = 256;

  // local_: what the task waits for, and above it the count. That counts to 2^27, which takes a
  // gigabyte of references to one task.
  static constexpr std::uint32_t kWaitsFor = 31;
  static constexpr std::uint32_t kLocalReference = 32;
  static_assert(static_cast<std::uint32_t>(WaitsFor::kSignal) <= kWaitsFor);

  /// Whether this thread runs the task's executor.
  [[nodiscard]] bool is_here() const noexcept {
    const Executor* const current = current_executor();
    return current != nullptr &&
           reinterpret_cast<const ExecutorIndex*>(current)->value == executor_;  // its first base
  }
  [[nodiscard]] bool is_owner() const noexcept { return is_here() && (flags_ & kComplete) == 0; }

  // identity_: the id, shifted, or the lowest bit and where the extras are, which then have the id.
  static constexpr std::uint64_t kHasExtras = 1;
  [[nodiscard]] static TaskExtras* extras_of(std::uint64_t identity) noexcept {
    return reinterpret_cast<TaskExtras*>(identity & ~kHasExtras);
  }
  [[nodiscard]] TaskExtras* find_extras() const noexcept {
    const std::uint64_t identity = identity_.load(std::memory_order_acquire);  // pairs with keep()
    return (identity & kHasExtras) != 0 ? extras_of(identity) : nullptr;
  }
  void keep(TaskExtras* extras) noexcept {
    // Release: pairs with id() and find_extras().
    identity_.store(reinterpret_cast<std::uintptr_t>(extras) | kHasExtras,
                    std::memory_order_release);
  }
  /// When the task is admitted.
  void set_id(std::uint64_t id) noexcept {
    const std::uint64_t identity = identity_.load(std::memory_order_relaxed);
    if ((identity & kHasExtras) != 0) [[unlikely]] {
      extras_of(identity)->id = id;
    } else {
      identity_.store(id << 1, std::memory_order_relaxed);
    }
  }
  void acquire_here() noexcept {
    local_ += kLocalReference;
    assert(local_ >= kLocalReference && "no room for one more reference to the task");
  }
  void release_here() noexcept { local_ -= kLocalReference; }
  void acquire_elsewhere() noexcept;
  void release_shared() noexcept;
  /// Before what a thread without the lock does to shared_; not under a worker's lock.
  void leave_home() noexcept {
    if ((shared_.load(std::memory_order_relaxed) & kAtHome) != 0) leave_home_now();
  }
  void leave_home_now() noexcept;
  void let_others_touch() noexcept;
  [[nodiscard]] bool release_on_worker(std::uint64_t state) noexcept;
  void wake_remote() noexcept;
  void wake_elsewhere() noexcept;
  [[nodiscard]] JoinState poll_join_foreign(TaskHeader& waiter) noexcept;
  void set_joiner(TaskHeader& waiter) noexcept {
    if (joiner_.load(std::memory_order_relaxed) != &waiter) replace_joiner(&waiter);
  }
  void replace_joiner(TaskHeader* waiter) noexcept;
  void drop_joiner() noexcept;
  [[nodiscard]] bool complete_shared() noexcept;
  [[nodiscard]] bool complete_known(Worker& worker) noexcept;
  [[nodiscard]] bool publish_end(std::uint64_t own_references, TaskHeader* joiner) noexcept;

  // ---- with several workers ----
  /// Of a running task on its own worker: counted without an atomic operation.
  [[nodiscard]] bool runs_here() const noexcept;
  /// Relaxed, as set_flags(): under the lock of its worker it stands still, and without it the home
  /// may be an old one.
  [[nodiscard]] Flags flags() const noexcept {
    return AtomicRef<Flags>(const_cast<Flags&>(flags_)).load(std::memory_order_relaxed);
  }
  void set_flags(Flags flags) noexcept {
    AtomicRef<Flags>(flags_).store(flags, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t home_index() const noexcept { return flags() >> kHomeShift; }

  TaskHeader* live_previous_ = nullptr;
  TaskHeader* live_next_ = nullptr;
  Atomic<std::uint64_t> identity_{0};
  TaskHeader* inbox_next_ = nullptr;
  Atomic<TaskHeader*> joiner_{nullptr};  // a counted reference, see kJoined and kJoinWaker
  // One word, for good: the executor's index, and an address, which has 48 bits.
  const std::uint64_t executor_ : 16;
  const std::uint64_t ops_ : 48;
  Atomic<std::uint64_t> shared_;
  // What a switch to the task touches comes last, next to the word where it goes on, which follows
  // the header.
  // The executor's own, until complete().
  std::uint32_t local_ = 2 * kLocalReference;
  Flags flags_ = 0;
};
// A byte here is a byte a task, a result that the comparison shows.
static_assert(sizeof(TaskHeader) == 64);

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
    acquire_here();
  } else {
    acquire_elsewhere();
  }
}

inline void TaskHeader::release() noexcept {
  if (is_owner()) {
    release_here();
  } else {
    release_shared();
  }
}

}  // namespace twofold::detail
