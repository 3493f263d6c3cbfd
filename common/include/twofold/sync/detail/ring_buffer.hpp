// RingBuffer<T>: a queue of bounded length, allocated once.
//
// Used by the channel under its lock, so it runs no user code but T's move constructor and the
// destructor of what was moved from.
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace twofold::detail {

/// Not thread-safe.
template <class T>
class RingBuffer {
  static_assert(std::is_nothrow_move_constructible_v<T>);

 public:
  /// Throws std::bad_alloc.
  explicit RingBuffer(std::size_t slots)
      : slots_(std::allocator<T>().allocate(slots)), slot_count_(slots) {}
  RingBuffer(const RingBuffer&) = delete;
  RingBuffer& operator=(const RingBuffer&) = delete;
  ~RingBuffer() {
    while (count_ != 0) drop_front();
    std::allocator<T>().deallocate(slots_, slot_count_);
  }

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  void push_back(T&& value) noexcept {
    assert(count_ < slot_count_);
    std::construct_at(slots_ + wrap(head_ + count_), std::move(value));
    ++count_;
  }

  void push_front(T&& value) noexcept {
    assert(count_ < slot_count_);
    head_ = (head_ == 0 ? slot_count_ : head_) - 1;
    std::construct_at(slots_ + head_, std::move(value));
    ++count_;
  }

  /// Precondition: not empty.
  [[nodiscard]] T& front() noexcept { return slots_[head_]; }
  void drop_front() noexcept {
    std::destroy_at(slots_ + head_);
    head_ = wrap(head_ + 1);
    --count_;
  }

 private:
  [[nodiscard]] std::size_t wrap(std::size_t index) const noexcept {
    return index < slot_count_ ? index : index - slot_count_;
  }

  T* slots_;
  std::size_t slot_count_;
  std::size_t head_ = 0;
  std::size_t count_ = 0;
};

}  // namespace twofold::detail
