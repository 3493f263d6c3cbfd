// at_every_depth: runs a function with so much of the fiber's stack used already, from its first
// frame to some hundred KiB, so that each call in it meets every kind of place: little room, much
// room, just across a segment's end.
#pragma once

#include <cstring>
#include <twofold/twofold.hpp>

namespace twofold::stack_test {

/// The sanitizers keep frames and mappings of their own: what is measured is then theirs.
#if defined(TWOFOLD_ASAN) || defined(TWOFOLD_TSAN)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

[[nodiscard]] inline bool is_segmented() { return std::strcmp(stack_policy(), "segmented") == 0; }

template <class F>
[[gnu::noinline]] void at_depth(int depth, F& run) {
  volatile char frame[48];
  frame[0] = 1;
  if (depth == 0) {
    run();
  } else {
    at_depth(depth - frame[0], run);
  }
}

/// On a fiber of its own, at depths up to some `bytes` of stack, of which the deepest call leaves
/// the rest of what a fixed or paged stack has.
template <class F>
void at_every_depth(F run, std::size_t bytes = std::size_t{160} << 10) {
  constexpr std::size_t kLeastFrame = 64;  // of at_depth
  constexpr std::size_t kKept = std::size_t{24} << 10;
  std::size_t within = bytes;
  if (!is_segmented() && within + kKept > stack_limit()) within = stack_limit() - kKept;
  // Without optimization a frame takes up to twice as much, and what a sanitizer adds with it.
  constexpr std::size_t kTimes = kSanitized ? 6 : 3;
  const int deepest = static_cast<int>(within / kLeastFrame / (is_segmented() ? 1 : kTimes));
  block_on([&run, deepest] {
    // Every depth on the first segments, where all is near an end; then in steps that share no
    // divisor with a segment's size.
    for (int depth = 0; depth <= deepest; depth += depth < 128 ? 1 : 13) at_depth(depth, run);
  });
}

}  // namespace twofold::stack_test
