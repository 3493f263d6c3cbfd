// at_every_depth: runs a function with so much of the fiber's stack used already, from its first
// frame to some hundred KiB, so that each call in it meets every kind of place: little room, much
// room, just across a segment's end.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <twofold/twofold.hpp>

#include "common/keep_whole.hpp"

namespace twofold::stack_test {

/// The sanitizers keep frames and mappings of their own: what is measured is then theirs.
#if defined(TWOFOLD_ASAN) || defined(TWOFOLD_TSAN)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

[[nodiscard]] inline bool is_segmented() { return std::strcmp(stack_policy(), "segmented") == 0; }

/// Calls `run` with `depth` calls between, and tells where on the stack that was.
template <class F>
[[gnu::noinline]] std::uintptr_t at_depth(int depth, F& run) {
  volatile char frame[48];
  test::keep_whole(frame);
  frame[0] = 1;
  if (depth > 0) return at_depth(depth - frame[0], run);
  run();
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
}

/// On a fiber of its own, at depths up to some `bytes` of stack, of which the deepest call leaves
/// the rest of what a fixed or paged stack has.
template <class F>
void at_every_depth(F run, std::size_t bytes = std::size_t{160} << 10) {
  constexpr std::size_t kKept = std::size_t{24} << 10;
  std::size_t within = bytes;
  if (!is_segmented() && within + kKept > stack_limit()) within = stack_limit() - kKept;
  block_on([&run, within] {
    constexpr std::size_t kLeastFrame = 64;  // of at_depth
    const auto top = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    std::size_t used = 0;
    // Every depth on the first segments, where all is near an end; then in steps that share no
    // divisor with a segment's size.
    for (int depth = 0; used < within; depth += depth < 128 ? 1 : 13) {
      const std::uintptr_t bottom = at_depth(depth, run);
      const std::size_t least = static_cast<std::size_t>(depth) * kLeastFrame;
      used = is_segmented() ? least : top - bottom;  // anything may lie between segments
      ASSERT_GE(used, least) << "not as deep as it should be";
    }
  });
}

}  // namespace twofold::stack_test
