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

namespace twofold::detail {

class TaskHeader;

class RunQueue {
 public:
  [[nodiscard]] bool empty() const noexcept { return head_ == tail_; }
  [[nodiscard]] std::size_t size() const noexcept { return tail_ - head_; }

  /// Makes room for `tasks` in all. Throws std::bad_alloc; nothing has changed then.
  void reserve(std::size_t tasks) {
    if (tasks > capacity_) grow(tasks);
  }

  void push(TaskHeader* task) noexcept {
    assert(size() < capacity_);
    slots_[tail_++ & (capacity_ - 1)] = task;
  }

  /// Precondition: not empty.
  [[nodiscard]] TaskHeader* pop() noexcept {
    // What lies past the end is an old pointer: prefetching through it cannot fault.
    __builtin_prefetch(slots_[(head_ + kPrefetchAhead) & (capacity_ - 1)]);
    return slots_[head_++ & (capacity_ - 1)];
  }

 private:
  static constexpr std::size_t kPrefetchAhead = 8;
  static constexpr std::size_t kSmallest = 64;

  void grow(std::size_t tasks) {
    std::size_t capacity = capacity_ == 0 ? kSmallest : capacity_;
    while (capacity < tasks) capacity *= 2;
    auto slots = std::make_unique<TaskHeader*[]>(capacity);
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) slots[i] = slots_[(head_ + i) & (capacity_ - 1)];
    slots_ = std::move(slots);
    capacity_ = capacity;
    head_ = 0;
    tail_ = count;
  }

  std::unique_ptr<TaskHeader*[]> slots_;
  std::size_t capacity_ = 0;  // a power of two
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace twofold::detail
