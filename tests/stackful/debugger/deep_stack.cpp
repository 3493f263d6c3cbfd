// What gdb_test.py looks at: a fiber, deep in calls over several segments, that has a place to stop
// at.
#include <twofold/twofold.hpp>

#include "common/keep_whole.hpp"

// Without arguments, for which the optimizer would make a copy of another name.
extern "C" [[gnu::noinline]] void look_here() { asm volatile("" : : : "memory"); }

[[gnu::noinline]] int descend(int depth) {
  volatile char frame[300];
  twofold::test::keep_whole(frame);
  frame[0] = 1;
  if (depth == 0) {
    look_here();
    return 0;
  }
  return descend(depth - frame[0]) + frame[0];
}

int main() {
  return twofold::block_on([] { return descend(100); }) == 100 ? 0 : 1;
}
