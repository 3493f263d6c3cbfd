// The segmented policy: first segments from slabs, further ones from pools, and what __morestack
// asks for when its fast path does not do.
//
// Everything that __morestack calls here runs on the worker's own stack. This file is compiled
// without split stacks and without sanitizers.
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <system_error>

#include "stack/segment.hpp"
#include "twofold/stackful/fiber.hpp"
#include "twofold/stackful/stack.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {

struct AllocaBlock {
  AllocaBlock* next;
  std::uintptr_t stack_pointer;  // of the function that asked
};

// Free segments of this thread by class; index 0 is the first segments'. Known to morestack.S.
extern "C" {
[[gnu::visibility("hidden"),
  gnu::tls_model(
      "initial-exec")]] constinit thread_local Segment* twofold_segment_pool[kClasses] = {};
}

namespace {

constexpr std::size_t kSlabBytes = std::size_t{1} << 20;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kCachedBytes = std::size_t{8} << 20;  // large segments kept by a thread

std::atomic<std::size_t> limit_bytes{std::size_t{64} << 20};
std::atomic<std::uint64_t> bytes_mapped{0};
std::atomic<std::uint64_t> bytes_peak{0};

struct ThreadState {
  std::byte* slab = nullptr;
  std::byte* slab_end = nullptr;
  std::size_t cached_bytes = 0;  // in pooled segments of the classes beyond kPooledClasses
  std::uint64_t growths = 0;
};
constinit thread_local ThreadState state;

// What threads that ended left, and what one thread has too many of.
struct Shared {
  std::mutex lock;
  Segment* free[kClasses] = {};
};
Shared& shared() {
  static Shared* const instance = new Shared;  // outlives every thread
  return *instance;
}

struct ThreadEnd {
  ~ThreadEnd() {
    const std::lock_guard guard(shared().lock);
    for (unsigned size_class = 0; size_class < kClasses; ++size_class) {
      while (Segment* const segment = twofold_segment_pool[size_class]) {
        twofold_segment_pool[size_class] = segment->next_free;
        segment->next_free = std::exchange(shared().free[size_class], segment);
      }
    }
  }
};

void note_mapped(std::size_t bytes) noexcept {
  const std::uint64_t now = bytes_mapped.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  std::uint64_t peak = bytes_peak.load(std::memory_order_relaxed);
  while (now > peak && !bytes_peak.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

[[nodiscard]] std::byte* map(std::size_t bytes) noexcept {
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  // A deep stack is used from end to end: few faults are worth more than the tail of one page.
  if (bytes >= 2 * kHugePage) ::madvise(memory, bytes, MADV_HUGEPAGE);
  note_mapped(bytes);
  return static_cast<std::byte*>(memory);
}

[[nodiscard]] Segment* make_segment(std::byte* low, unsigned size_class) noexcept {
  const auto limit = reinterpret_cast<std::uintptr_t>(low) + margin_of(size_class);
  return ::new (low + segment_bytes(size_class) - sizeof(Segment))
      Segment{nullptr, limit | size_class, 0, nullptr, {}};
}

// A piece of this thread's slab, for the classes that are smaller than one. Null: no memory.
[[nodiscard]] Segment* carve(unsigned size_class) noexcept {
  const std::size_t bytes = segment_bytes(size_class);
  if (static_cast<std::size_t>(state.slab_end - state.slab) < bytes) {
    thread_local const ThreadEnd at_end;
    static_cast<void>(at_end);
    std::byte* const slab = map(kSlabBytes);
    if (slab == nullptr) return nullptr;
    state.slab = slab;
    state.slab_end = slab + kSlabBytes;
  }
  std::byte* const low = std::exchange(state.slab, state.slab + bytes);
  return make_segment(low, size_class);
}

[[nodiscard]] Segment* take_shared(unsigned size_class) noexcept {
  const std::lock_guard guard(shared().lock);
  Segment* const segment = shared().free[size_class];
  if (segment != nullptr) shared().free[size_class] = segment->next_free;
  return segment;
}

// A segment of that class from wherever there is one; null: no memory.
[[nodiscard]] Segment* take(unsigned size_class) noexcept {
  if (Segment* const pooled = twofold_segment_pool[size_class]) {
    twofold_segment_pool[size_class] = pooled->next_free;
    if (size_class > kPooledClasses) state.cached_bytes -= segment_bytes(size_class);
    return pooled;
  }
  if (size_class <= kPooledClasses) {
    if (Segment* const left_over = take_shared(size_class)) return left_over;
    return carve(size_class);
  }
  std::byte* const low = map(segment_bytes(size_class));
  return low == nullptr ? nullptr : make_segment(low, size_class);
}

void free_alloca_blocks(Segment& segment) noexcept {
  while (AllocaBlock* const block = segment.alloca_blocks) {
    segment.alloca_blocks = block->next;
    std::free(block);
  }
}

void give_back(Segment& segment) noexcept {
  free_alloca_blocks(segment);
  const unsigned size_class = class_of(segment.limit);
  const std::size_t bytes = segment_bytes(size_class);
  if (size_class > kPooledClasses) {
    if (state.cached_bytes + bytes > kCachedBytes) {
      ::munmap(low_of(segment.limit), bytes);
      bytes_mapped.fetch_sub(bytes, std::memory_order_relaxed);
      return;
    }
    state.cached_bytes += bytes;
  }
  segment.next_free = std::exchange(twofold_segment_pool[size_class], &segment);
}

[[nodiscard]] std::size_t bytes_of_stack(std::uintptr_t limit) noexcept {
  std::size_t bytes = 0;
  for (; limit != 0; limit = segment_of(limit)->previous) bytes += segment_bytes(class_of(limit));
  return bytes;
}

[[noreturn]] void stop(const char* what, std::size_t wanted) noexcept {
  const TaskHeader* const task = current_fiber != nullptr ? current_fiber->task : nullptr;
  std::fprintf(
      stderr,
      "twofold: stack overflow in task %llu%s%s: %s (%zu bytes more were wanted; the limit is "
      "%zu bytes a fiber, see set_stack_limit)\n",
      static_cast<unsigned long long>(task != nullptr ? task->id() : 0),
      task != nullptr && task->name() != nullptr ? " " : "",
      task != nullptr && task->name() != nullptr ? task->name() : "", what, wanted,
      limit_bytes.load(std::memory_order_relaxed));
  std::abort();
}

}  // namespace

// The slow path of __morestack: a segment with room for `wanted` bytes after the one of
// `old_limit`.
extern "C" Segment* __morestack_grow(std::size_t wanted, std::uintptr_t old_limit) noexcept {
  ++state.growths;
  const std::size_t needed = wanted + kMargin + sizeof(Segment) + 64;
  unsigned size_class = std::min(class_of(old_limit) + 1, kClasses - 5);
  while (size_class < kClasses && segment_bytes(size_class) < needed) ++size_class;
  const std::size_t limit = limit_bytes.load(std::memory_order_relaxed);
  if (size_class >= kClasses || bytes_of_stack(old_limit) + needed > limit) {
    stop("it has reached its limit", wanted);
  }
  Segment* const segment = take(size_class);
  if (segment == nullptr) stop("the system has no memory for a further segment", wanted);
  segment->previous = old_limit;
  return segment;
}

extern "C" void __morestack_release(Segment& segment) noexcept { give_back(segment); }

// The same for a segment that the unwinder still runs on: its memory must stay, so that large ones
// wait in the pool for the next release.
extern "C" void __morestack_release_unwound(Segment& segment) noexcept {
  free_alloca_blocks(segment);
  const unsigned size_class = class_of(segment.limit);
  if (size_class > kPooledClasses) state.cached_bytes += segment_bytes(size_class);
  segment.next_free = std::exchange(twofold_segment_pool[size_class], &segment);
}

// alloca() and variable-length arrays that do not fit: memory that goes with the segment, or at the
// next alloca() of a frame further up, whichever is first.
extern "C" void* __morestack_allocate_stack_space(std::size_t bytes) {
  std::uintptr_t limit = 0;
  asm volatile("movq %%fs:0x70, %0" : "=r"(limit));
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  Segment& segment = *segment_of(limit);
  while (segment.alloca_blocks != nullptr && segment.alloca_blocks->stack_pointer < here) {
    std::free(std::exchange(segment.alloca_blocks, segment.alloca_blocks->next));
  }
  auto* const block = static_cast<AllocaBlock*>(std::malloc(sizeof(AllocaBlock) + bytes + 16));
  if (block == nullptr) stop("the system has no memory for alloca()", bytes);
  *block = {segment.alloca_blocks, here};
  segment.alloca_blocks = block;
  return block + 1;
}

extern "C" void twofold_call_on_big_stack(void (*run)(void*), void* argument);

void call_on_big_stack(void (*run)(void*), void* argument) {
  std::uintptr_t limit = 0;
  asm volatile("movq %%fs:0x70, %0" : "=r"(limit));
  if (limit == 0) {
    run(argument);  // a thread's own stack
  } else {
    twofold_call_on_big_stack(run, argument);
  }
}

}  // namespace fiber

Stack acquire_stack() {
  fiber::Segment* const segment = fiber::take(0);
  if (segment == nullptr) {
    throw std::system_error(errno, std::system_category(),
                            "twofold: mmap of a slab of stack segments (out of memory, or of "
                            "mappings: see vm.max_map_count and RLIMIT_AS)");
  }
  return {.top = reinterpret_cast<std::byte*>(segment),
          .limit = reinterpret_cast<void*>(segment->limit),
          .low = fiber::low_of(segment->limit),
          .cookie = segment};
}

void release_stack(const Stack& stack) noexcept {
  fiber::give_back(*static_cast<fiber::Segment*>(stack.cookie));
}

StackMetrics stack_metrics() noexcept {
  return {.growths = fiber::state.growths,
          .bytes_mapped = fiber::bytes_mapped.load(std::memory_order_relaxed),
          .bytes_peak = fiber::bytes_peak.load(std::memory_order_relaxed),
          .guards = 0};
}

const char* stack_policy() noexcept { return "segmented"; }
void set_stack_limit(std::size_t bytes) noexcept { fiber::limit_bytes = bytes; }
std::size_t stack_limit() noexcept { return fiber::limit_bytes; }

}  // namespace stackful
}  // namespace twofold
