// What looks at stacks from within: backtrace() and the unwinder cross segments, and stop cleanly
// at a fiber's first frame.
#include <execinfo.h>
#include <gtest/gtest.h>
#include <unwind.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/keep_whole.hpp"
#include "stackful/depths.hpp"

namespace twofold {
namespace {

struct Seen {
  std::vector<std::uintptr_t> addresses;
  _Unwind_Reason_Code end = _URC_NO_REASON;
  int by_backtrace = 0;
};

_Unwind_Reason_Code note(_Unwind_Context* context, void* to) {
  static_cast<Seen*>(to)->addresses.push_back(_Unwind_GetIP(context));
  return _URC_NO_REASON;
}

constexpr int kMost = 2'000;

int look_from(int depth, Seen& seen);

// From here each frame has the same return address but the first.
[[gnu::noinline]] int look(int depth, Seen& seen) {
  if (depth == 0) {
    seen.end = _Unwind_Backtrace(&note, &seen);
    std::vector<void*> frames(kMost);
    seen.by_backtrace = ::backtrace(frames.data(), kMost);
    return 0;
  }
  return look_from(depth, seen);
}

[[gnu::noinline]] int look_from(int depth, Seen& seen) {
  volatile char frame[300];
  test::keep_whole(frame);
  frame[0] = 1;
  const int below = look(depth - frame[0], seen);
  return below + frame[0];
}

TEST(Backtrace, CrossesSegmentsAndStopsAtTheFirstFrame) {
  const int depth = stack_test::is_segmented() ? 200 : 50;
  Seen seen;
  block_on([&] {
    look(0, seen);  // loads what backtrace() needs
    seen = {};
    EXPECT_EQ(look(depth, seen), depth);
  });
  EXPECT_EQ(seen.end, _URC_END_OF_STACK);
  std::uintptr_t most_frequent = 0;
  std::ptrdiff_t times = 0;
  for (const std::uintptr_t address : seen.addresses) {
    const auto count = std::count(seen.addresses.begin(), seen.addresses.end(), address);
    if (count > times) {
      times = count;
      most_frequent = address;
    }
  }
  EXPECT_NE(most_frequent, 0U);
  EXPECT_GE(times, depth - 1) << "every call, on whichever segment";
  // At most two functions a level; without optimization, the frame of the check too before the one
  // that calls the library.
#if defined(__OPTIMIZE__)
  const int most = 2 * depth + 40;
#else
  const int most = 3 * depth + 40;
#endif
  EXPECT_LT(seen.addresses.size(), static_cast<std::size_t>(most));
  EXPECT_GE(seen.by_backtrace, depth);
  EXPECT_LT(seen.by_backtrace, most);
}

}  // namespace
}  // namespace twofold
