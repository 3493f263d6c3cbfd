// Stacks: the memory that fibers run on, behind one small seam for all policies.
//
// Used by tasks and async calls. One policy a build, chosen by TWOFOLD_STACK and the source files
// that go with it: segmented (src/stack/segmented_stack.cpp), paged (paged_stack.cpp), fixed
// (fixed_stack.cpp). docs/design/segmented-stacks.md explains the first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace twofold {
inline namespace stackful {

/// Memory that a fiber runs on. A plain description: acquire_stack() and release_stack() own.
struct Stack {
  std::byte* top =
      nullptr;  ///< one past the highest usable byte, aligned to 64; frames grow down from here
  void* limit =
      nullptr;  ///< the thread's stack limit (%fs:0x70) while it runs; null: code does not check
  std::byte* low = nullptr;  ///< the lowest usable byte (segmented: of the first segment)
  void* cookie = nullptr;    ///< the policy's own
};

/// A stack for a new fiber. From a warm pool it costs a few instructions and no system call. Any
/// thread. Throws std::bad_alloc, or std::system_error that names the limit which was reached.
[[nodiscard]] Stack acquire_stack();

/// Gives a stack back, with all that it grew to. The fiber has finished. Any thread.
void release_stack(const Stack& stack) noexcept;

/// So many bytes any stack of acquire_stack() has at its top for what its task keeps there, and
/// room for the first frames besides.
inline constexpr std::size_t kTaskBytes = 512;

/// A stack that has room for `task_bytes` at its top, and for the first frames. Throws as
/// acquire_stack(), and std::length_error where that is more than a stack may have.
[[nodiscard]] Stack acquire_large_stack(std::size_t task_bytes);

/// Gives such a stack back, as release_stack() does others.
void release_large_stack(const Stack& stack) noexcept;

/// Gives the system what stacks have left behind and no fiber uses: this thread's pools, and what
/// all threads share. For a worker that has been idle for a while; costs system calls.
void trim_stacks() noexcept;

/// What is known of stacks, over all threads. Exact while no fiber runs; read at any time by any
/// thread.
struct StackMetrics {
  std::uint64_t stacks = 0;               ///< acquired and not released, but for large ones
  std::uint64_t first_segment_bytes = 0;  ///< of each of them, as acquired
  std::uint64_t further_segments =
      0;  ///< that they have grown by, or borrow for a foreign call; segmented: and large stacks
  std::uint64_t bytes_in_use = 0;   ///< of both, resident or not
  std::uint64_t growths = 0;        ///< times that a stack got a further segment by the slow path
  std::uint64_t spare_hits = 0;     ///< times that it took a pooled one, without a call
  std::uint64_t foreign_calls = 0;  ///< hops to a large segment for code that does not check
  std::uint64_t deepest_bytes = 0;  ///< the most that one fiber had, as far as growth was slow
  std::uint64_t bytes_mapped = 0;   ///< address space in use for stacks, pools included
  std::uint64_t bytes_peak = 0;     ///< the most that bytes_mapped has been
  std::uint64_t guards = 0;         ///< guard regions installed
};
[[nodiscard]] StackMetrics stack_metrics() noexcept;

/// Bytes of a stack, with what it has grown by. `limit`: the thread's stack limit when the fiber
/// was left (Fiber::limit); null: it has not started.
[[nodiscard]] std::size_t stack_bytes_of(const Stack& stack, const void* limit) noexcept;

/// "segmented", "paged" or "fixed".
[[nodiscard]] const char* stack_policy() noexcept;

/// The most stack that one fiber may have, in bytes. Segmented: default 64 MiB, settable at any
/// time; reaching it stops the program with a message that names the task (stack_overflow.hpp).
/// Paged (default 256 KiB) and fixed (64 KiB): the size of every stack; throws std::logic_error
/// once there is one.
void set_stack_limit(std::size_t bytes);
[[nodiscard]] std::size_t stack_limit() noexcept;

/// How the guards below stacks are made: `automatic` by MADV_GUARD_INSTALL, which costs no mapping,
/// where the kernel has it (Linux 6.13), and by mprotect where not; `mprotect` always by that,
/// which costs two mappings a stack and ends at vm.max_map_count. For the stacks that are made from
/// now on: to see on a new kernel how a program fares on an older one.
enum class GuardMethod { automatic, mprotect };
void set_guard_method(GuardMethod method) noexcept;

extern "C" {
/// Calls run(argument) with at least 256 KiB of stack. Implementation of on_big_stack.
void twofold_call_on_big_stack(void (*run)(void*), void* argument);
}

/// Calls `f` with at least 256 KiB of stack: for foreign code that takes more than the 128 KiB
/// which each call of it is sure of, for calls through pointers in objects that were compiled
/// without the target's options, and for fixed stacks, which hold no large frame. Costs some 5 ns
/// on segmented stacks and some 20 on the others, nothing where there is room already. Exceptions
/// pass through. `f` may await.
template <class F>
decltype(auto) on_big_stack(F&& f) {
  using Result = std::invoke_result_t<F&>;
  if constexpr (std::is_void_v<Result>) {
    twofold_call_on_big_stack(
        [](void* call) { (*static_cast<std::remove_reference_t<F>*>(call))(); }, &f);
  } else {
    struct Frame {
      std::remove_reference_t<F>* call;
      union {
        Result result;
      };
      explicit Frame(std::remove_reference_t<F>* c) : call(c) {}
      ~Frame() {}
    } frame(&f);
    twofold_call_on_big_stack(
        [](void* argument) {
          auto* const to = static_cast<Frame*>(argument);
          ::new (static_cast<void*>(&to->result)) Result((*to->call)());
        },
        &frame);
    struct Destroy {
      Result& result;
      ~Destroy() { result.~Result(); }
    } destroy{frame.result};
    return Result(std::move(frame.result));
  }
}

}  // namespace stackful
}  // namespace twofold
