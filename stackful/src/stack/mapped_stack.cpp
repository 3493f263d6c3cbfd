// The paged and the fixed policy: stacks of one size, many to a mapping, each with a guard below.
//
// A stack is a segment that never grows: pools, slabs and guards are those of segmented stacks
// (segment_pool.hpp, slab_depot.hpp). Pages are resident as far down as a fiber went; trim_stacks()
// gives back those of stacks that are not in use.
#include <atomic>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "stack/mapped_policy.hpp"
#include "stack/segment_pool.hpp"
#include "twofold/stackful/fiber.hpp"
#include "twofold/stackful/stack.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {
namespace {

constinit std::atomic<bool> has_stacks{false};
constexpr Geometry kBigStack = mapped_geometry(kForeignBytes + 2 * kPageBytes);
constexpr Geometry kNone{};

[[nodiscard]] Segment& take(unsigned size_class) {
  MappingFailure failure;
  Segment* const segment = take_segment(size_class, failure);
  if (segment == nullptr) [[unlikely]] {
    throw std::system_error(
        failure.error, std::system_category(),
        std::string("twofold: no memory for a fiber's stack: ") + failure.operation);
  }
  return *segment;
}

}  // namespace

const Geometry& geometry_of(unsigned size_class) noexcept {
  return size_class == kFirstClass     ? mapped_policy.geometry
         : size_class == kForeignClass ? kBigStack
                                       : kNone;
}

extern "C" void twofold_call_on(std::byte* top, void (*run)(void*), void* argument);

namespace {

// A call on a borrowed stack, of which the sanitizers are told. An exception is carried over by
// hand.
struct BigCall {
  void (*run)(void*);
  void* argument;
  fiber::SanitizerFiber& caller;
  fiber::SanitizerFiber big{};
  std::exception_ptr error{};

  void operator()(std::byte* low, std::byte* top) {
    using fiber::SanitizerFiber;
    big.create(low, static_cast<std::size_t>(top - low));
    SanitizerFiber::before_switch(caller, big, false);
    twofold_call_on(top, &BigCall::enter, this);
    SanitizerFiber::after_switch(caller);
    big.destroy();
    if (error != nullptr) std::rethrow_exception(std::move(error));
  }
  // Entered on the big stack, left for the caller's: ThreadSanitizer is not to count it.
  TWOFOLD_UNCOUNTED static void enter(void* call) noexcept {
    auto& self = *static_cast<BigCall*>(call);
    fiber::SanitizerFiber::after_switch(self.big);
    try {
      self.run(self.argument);
    } catch (...) {
      self.error = std::current_exception();
    }
    fiber::SanitizerFiber::before_switch(self.big, self.caller, true);
  }
};

}  // namespace

extern "C" void twofold_call_on_big_stack(void (*run)(void*), void* argument) {
  fiber::Fiber* const here = fiber::current_fiber();
  const auto* const sp = static_cast<const std::byte*>(__builtin_frame_address(0));
  // Elsewhere than on its own stack: a thread, or a call from a big stack.
  const bool on_fiber = here != nullptr && sp >= here->stack.low && sp < here->stack.top;
  if (!on_fiber || static_cast<std::size_t>(sp - here->stack.low) >= kForeignBytes) {
    return run(argument);
  }
  struct Borrowed {
    Segment& segment;
    ~Borrowed() { give_segment(segment); }
  } const borrowed{take(kForeignClass)};
  BigCall{run, argument, here->sanitizer}(borrowed.segment.low,
                                          reinterpret_cast<std::byte*>(&borrowed.segment));
}

}  // namespace stack_memory

Stack acquire_stack() {
  using namespace stack_memory;
  if (!has_stacks.load(std::memory_order_relaxed)) [[unlikely]] {
    has_stacks.store(true, std::memory_order_relaxed);
  }
  Segment& segment = take(kFirstClass);
  return {.top = top_of(segment), .limit = nullptr, .low = segment.low, .cookie = &segment};
}

void release_stack(const Stack& stack) noexcept {
  stack_memory::give_segment(*static_cast<stack_memory::Segment*>(stack.cookie));
}

// All stacks are of one size: it has the room, or none has.
Stack acquire_large_stack(std::size_t task_bytes) {
  using namespace stack_memory;
  constexpr std::size_t kFirstFrames = kPageBytes + kColours * kLineBytes;
  if (task_bytes > mapped_policy.stack_bytes - kFirstFrames) {
    throw std::length_error("twofold: callable, arguments and result of a task take " +
                            std::to_string(task_bytes) + " bytes, more than a stack of " +
                            std::to_string(mapped_policy.stack_bytes) +
                            " has room for; keep them on the heap");
  }
  return acquire_stack();
}

void release_large_stack(const Stack& stack) noexcept { release_stack(stack); }

void trim_stacks() noexcept { stack_memory::trim_segments(); }

std::size_t stack_bytes_of(const Stack& stack, const void*) noexcept {
  return static_cast<std::size_t>(stack.top - stack.low);
}

StackMetrics stack_metrics() noexcept {
  using namespace stack_memory;
  const SegmentCounts stacks = segment_counts(kFirstClass, kFirstClass);
  const SegmentCounts big = segment_counts(kForeignClass, kForeignClass);
  const MappingCounts mapped = mapping_counts();
  return {.stacks = stacks.in_use,
          .first_segment_bytes = mapped_policy.stack_bytes,
          .further_segments = big.in_use,
          .bytes_in_use = stacks.bytes_in_use + big.bytes_in_use,
          .bytes_mapped = mapped.bytes_mapped,
          .bytes_peak = mapped.bytes_peak,
          .guards = mapped.guards};
}

const char* stack_policy() noexcept { return stack_memory::mapped_policy.name; }

void set_stack_limit(std::size_t bytes) {
  using namespace stack_memory;
  constexpr std::size_t kSmallest = 4 * kPageBytes;
  const std::size_t rounded = (bytes + kPageBytes - 1) & ~(kPageBytes - 1);
  const std::size_t wanted = rounded < kSmallest ? kSmallest : rounded;
  if (wanted == mapped_policy.stack_bytes) return;
  if (has_stacks.load(std::memory_order_relaxed)) {
    throw std::logic_error(
        "twofold::set_stack_limit: paged and fixed stacks have one size, which must be set before "
        "the first task");
  }
  mapped_policy.stack_bytes = wanted;
  mapped_policy.geometry = mapped_geometry(wanted);
}
std::size_t stack_limit() noexcept { return stack_memory::mapped_policy.stack_bytes; }

}  // namespace stackful
}  // namespace twofold
