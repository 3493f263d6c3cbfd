#include "runtime/foreign_callee.hpp"

unsigned long twofold_foreign_callee(unsigned long seed) {
  constexpr unsigned long kBytes = 64UL * 1024;
  volatile char room[kBytes];
  // A few pages, not all: the call is measured, not the memory.
  for (unsigned long i = 0; i < kBytes; i += kBytes / 4) room[i] = static_cast<char>(seed + i);
  room[kBytes - 1] = 1;
  return seed + static_cast<unsigned long>(room[kBytes - 1]);
}
