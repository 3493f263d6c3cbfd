// Calls of a small leaf function, timed, less the loop that makes them; main is compiled alike in
// both cases.
#include <time.h>

#include <cstdio>
#include <cstdlib>

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

// What `calls(times)` takes at least: of ten times the one that was interrupted least.
static double shortest_ns(long (*calls)(long), long times) {
  double shortest = 0;
  for (int i = 0; i < 10; ++i) {
    const double start = now_ns();
    if (calls(times) != times) std::exit(1);
    const double elapsed = now_ns() - start;
    if (i == 0 || elapsed < shortest) shortest = elapsed;
  }
  return shortest;
}

int main() {
  constexpr long kTimes = CALLS / 10;
  std::printf("ns_per_call %g\n",
              (shortest_ns(call_leaf, kTimes) - shortest_ns(call_nothing, kTimes)) / kTimes);
}
