// The segmented policy's stacks, taken and given back: what each task does, and so kept out of the
// way of code that does not check its stack.
//
// This file is compiled for segmented stacks. Calls of those that are not (segment_pool.cpp) stand
// in functions of their own, which the linker moves to a large segment; the others stay where they
// are. Hot path, guarded by the `spawn_join` workload: with a hop in acquire_stack() a task cost 90
// instructions more.
#include <stdexcept>
#include <string>
#include <system_error>

#include "stack/segment_pool.hpp"
#include "stack/segment_reserve.hpp"
#include "stack/segmented_limits.hpp"
#include "twofold/stackful/stack.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {
namespace {

[[gnu::noinline, gnu::cold]] void throw_no_memory(const MappingFailure& failure) {
  throw std::system_error(
      failure.error, std::system_category(),
      std::string("twofold: no memory for a fiber's stack: ") + failure.operation);
}

[[noreturn, gnu::noinline, gnu::cold]] void throw_too_large(std::size_t task_bytes) {
  throw std::length_error("twofold: callable, arguments and result of a task take " +
                          std::to_string(task_bytes) +
                          " bytes, more than its stack may have; keep them on the heap");
}

// Foreign code cannot be refused its stack either: this thread has one for it from its first fiber
// on.
[[nodiscard]] bool has_foreign_segment(MappingFailure& failure) noexcept {
  Segment* const segment = take_segment(kForeignClass, failure);
  if (segment == nullptr) return false;
  give_segment(*segment);
  return true;
}

[[gnu::noinline]] Segment& take_slowly(unsigned size_class) {
  MappingFailure failure;
  const bool can_grow =
      (is_reserve_whole() || fill_reserve(failure)) && has_foreign_segment(failure);
  Segment* const segment = can_grow ? take_segment(size_class, failure) : nullptr;
  if (segment == nullptr) [[unlikely]]
    throw_no_memory(failure);
  return *segment;
}

[[gnu::noinline]] void give_slowly(Segment& segment) noexcept {
  release_chain_end(segment);
  give_segment(segment);
}

[[nodiscard]] Stack description_of(Segment& segment) noexcept {
  return {.top = reinterpret_cast<std::byte*>(&segment),
          .limit = reinterpret_cast<void*>(segment.limit),
          .low = segment.low,
          .cookie = &segment};
}

}  // namespace
}  // namespace stack_memory

Stack acquire_stack() {
  using namespace stack_memory;
  FreeList& list = free_segments()[kFirstClass];
  Segment* const segment = list.head;
  if (segment == nullptr || !is_reserve_whole()) [[unlikely]]
    return description_of(take_slowly(kFirstClass));
  list.head = segment->next_free;
  __atomic_store_n(&list.room, list.room + 1, __ATOMIC_RELAXED);
  return description_of(*segment);
}

void release_stack(const Stack& stack) noexcept {
  using namespace stack_memory;
  auto& segment = *static_cast<Segment*>(stack.cookie);
  FreeList& list = free_segments()[kFirstClass];
  if (list.room <= 0 || needs_attention_at_its_end(segment)) [[unlikely]]
    return give_slowly(segment);
  __atomic_store_n(&list.room, list.room - 1, __ATOMIC_RELAXED);
  segment.next_free = list.head;
  list.head = &segment;
}

// A segment of a larger class to begin with; the fiber grows from there by larger ones still.
Stack acquire_large_stack(std::size_t task_bytes) {
  using namespace stack_memory;
  const unsigned size_class = class_for_task(task_bytes);
  if (size_class > kLargestClass) throw_too_large(task_bytes);
  Segment& segment = take_slowly(size_class);
  segment.previous = 0;
  return description_of(segment);
}

void release_large_stack(const Stack& stack) noexcept {
  using namespace stack_memory;
  auto& segment = *static_cast<Segment*>(stack.cookie);
  release_chain_end(segment);
  give_segment_slow(segment);
}

}  // namespace stackful
}  // namespace twofold
