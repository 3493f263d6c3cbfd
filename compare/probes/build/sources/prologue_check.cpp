// Calls of a small leaf function, timed; main is compiled alike in both cases.
#include <time.h>

#include <cstdio>

#ifndef CALLS
#define CALLS 1000
#endif

[[gnu::noinline]] long leaf(long value) {
  volatile long kept = value;
  return kept + 1;
}

[[gnu::noinline]] long call_leaf(long times) {
  long value = 0;
  for (long i = 0; i < times; ++i) value = leaf(value);
  return value;
}

static double now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

int main() {
  call_leaf(CALLS / 10);
  const double start = now_ns();
  const long value = call_leaf(CALLS);
  const double elapsed = now_ns() - start;
  std::printf("ns_per_call %g\n", elapsed / CALLS);
  return value == CALLS ? 0 : 1;
}
