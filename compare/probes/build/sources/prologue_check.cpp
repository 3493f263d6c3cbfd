// Calls of a small leaf function, timed, less the loop that makes them; main is compiled alike in
// both cases.
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

[[gnu::noinline]] long call_nothing(long times) {
  long value = 0;
  for (long i = 0; i < times; ++i) {
    ++value;
    asm volatile("" : "+r"(value));
  }
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
  const double start_of_nothing = now_ns();
  const long counted = call_nothing(CALLS);
  const double elapsed_by_nothing = now_ns() - start_of_nothing;
  std::printf("ns_per_call %g\n", (elapsed - elapsed_by_nothing) / CALLS);
  return value == CALLS && counted == CALLS ? 0 : 1;
}
