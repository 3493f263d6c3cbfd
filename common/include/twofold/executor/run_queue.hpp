// RunQueue: the tasks that are ready, in order. A growable ring of pointers.
//
// An array and not an intrusive list, so that the header of a task some places ahead can be
// prefetched: with a million tasks woken in random order memory latency is all that a switch costs.
// Owned by one thread. push() never fails: room for each live task is reserved when the task is
// made.
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>

namespace twofold::detail {

class TaskHeader;

/// Brings what a switch to `task` touches first near. A pointer to a task that is gone does no
/// harm.
inline void prefetch_header(const TaskHeader* task) noexcept;
/// Brings the memory near where `task` goes on when it is resumed: what the word behind its header
/// points to (stackless: the promise of the innermost coroutine; stackful: the top of the stack).
inline void prefetch_frame(const TaskHeader& task) noexcept;

class RunQueue {
 public:
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// How many there is room for.
  [[nodiscard]] std::size_t capacity() const noexcept { return mask_; }
  /// size(), as another thread that waits for nothing sees it: it may be any number that it was.
  [[nodiscard]] std::size_t glance() const noexcept;

  /// Makes room for `tasks` in all. Throws std::bad_alloc; nothing has changed then.
  void reserve(std::size_t tasks) {
    if (tasks > mask_) grow(tasks);
  }

  void push(TaskHeader* task) noexcept {
    assert(size() <= mask_);
    slots_[(head_ + size_++) & mask_] = task;
  }

  /// Where it is empty it begins anew, so that few tasks at a time use little of its memory.
  void rewind() noexcept {
    if (empty()) head_ = 0;
  }

  /// Precondition: `index` < size(). What is `index` places behind the first changes places with
  /// it.
  void bring_forward(std::size_t index) noexcept {
    std::swap(slots_[head_ & mask_], slots_[(head_ + index) & mask_]);
  }

  /// The task with `ahead` others before it. Precondition: ahead < size().
  [[nodiscard]] const TaskHeader* peek(std::size_t ahead) const noexcept {
    return slots_[(head_ + ahead) & mask_];
  }

  /// pop() after push(task), in two steps between which one may turn back. What it would give:
  [[nodiscard]] TaskHeader& peek_rotated(TaskHeader& task) noexcept {
    assert(size() <= mask_);
    slots_[(head_ + size_) & mask_] = &task;  // behind the last, where nobody looks
    return *slots_[head_ & mask_];
  }
  /// ... and that it has. Precondition: nothing has happened to the queue since peek_rotated().
  void rotate() noexcept { ++head_; }

  /// Brings near what pop() will give some calls from now. By the owner: a thief would look at
  /// tasks that it may be running. Precondition: there is room for some.
  /// (Inlined, or else gcc 12 takes the call for one without effect and leaves it out.)
  [[gnu::always_inline]] void prefetch() const noexcept {
    // First the header of a task some places ahead (what lies past the end is an old pointer:
    // prefetching through it cannot fault); later, when that is here, what it says will be touched.
    prefetch_header(slots_[(head_ + kHeaderAhead) & mask_]);
    if (size() > kFrameAhead) prefetch_frame(*slots_[(head_ + kFrameAhead) & mask_]);
  }

  /// The oldest. Precondition: not empty. Hot path, guarded by the `yield` workload.
  [[nodiscard]] TaskHeader* pop() noexcept {
    --size_;
    return slots_[head_++ & mask_];
  }
  /// The newest. Precondition: not empty.
  [[nodiscard]] TaskHeader* pop_newest() noexcept { return slots_[(head_ + --size_) & mask_]; }

 private:
  static constexpr std::size_t kHeaderAhead = 12;
  static constexpr std::size_t kFrameAhead = 6;
  static constexpr std::size_t kSmallest = 64;

  void grow(std::size_t tasks) {
    std::size_t capacity = mask_ == 0 ? kSmallest : mask_ + 1;
    while (capacity <= tasks) capacity *= 2;
    // Not written before it is needed: room that no task waits in takes no memory.
    auto slots = std::make_unique_for_overwrite<TaskHeader*[]>(capacity);
    for (std::size_t i = 0; i < size_; ++i) slots[i] = slots_[(head_ + i) & mask_];
    slots_ = std::move(slots);
    mask_ = capacity - 1;
    head_ = 0;
  }

  std::unique_ptr<TaskHeader*[]> slots_;
  std::size_t mask_ = 0;  // the capacity, a power of two, less one
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

// A plain word that its thread writes without pause, read from another: a torn value is impossible
// on x86-64, where a load of eight bytes is one, and who acts upon it looks again under the lock.
// An atomic word would cost the owner two instructions for each of its own with gcc.
#if defined(__clang__) || defined(__SANITIZE_THREAD__)
__attribute__((no_sanitize("thread")))
#endif
inline std::size_t
RunQueue::glance() const noexcept {
  return *static_cast<const volatile std::size_t*>(&size_);
}

}  // namespace twofold::detail
