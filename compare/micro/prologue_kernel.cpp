// Code that makes many calls and touches little memory: the most that a check in each function can
// cost, and, with sort and tree, what it costs where functions do something. Compiled with and
// without -fsplit-stack into namespaces and sections of their own, whose sizes tell the check's
// text.
#include "prologue_kernel.hpp"

#include <utility>

#define TWOFOLD_STRING_2(x) #x
#define TWOFOLD_STRING(x) TWOFOLD_STRING_2(x)
#define TWOFOLD_JOIN_2(a, b) a##b
#define TWOFOLD_JOIN(a, b) TWOFOLD_JOIN_2(a, b)
#define TWOFOLD_IN_SECTION \
  [[gnu::noinline, gnu::section(TWOFOLD_STRING(TWOFOLD_JOIN(kernel_, TWOFOLD_KERNEL)))]]

extern "C" {
extern const char TWOFOLD_JOIN(__start_kernel_, TWOFOLD_KERNEL)[];
extern const char TWOFOLD_JOIN(__stop_kernel_, TWOFOLD_KERNEL)[];
}

namespace twofold::micro::TWOFOLD_KERNEL {

TWOFOLD_IN_SECTION std::uint64_t fib(unsigned n) {
  if (n < 2) return n;
  const std::uint64_t one = fib(n - 1);
  return one + fib(n - 2);
}

TWOFOLD_IN_SECTION std::uint64_t leaf(std::uint64_t value) {
  asm volatile("" : "+r"(value));
  return value + 1;
}

TWOFOLD_IN_SECTION std::uint64_t leaf_calls(std::uint64_t calls) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < calls; ++i) sum += leaf(i);
  return sum;
}

TWOFOLD_IN_SECTION bool less(std::uint64_t a, std::uint64_t b) { return a < b; }

TWOFOLD_IN_SECTION void sort_numbers(std::uint64_t* numbers, std::size_t count) {
  if (count < 2) return;
  const std::uint64_t pivot = numbers[count / 2];
  std::size_t low = 0;
  std::size_t high = count - 1;
  for (;;) {
    while (less(numbers[low], pivot)) ++low;
    while (less(pivot, numbers[high])) --high;
    if (low >= high) break;
    std::swap(numbers[low++], numbers[high--]);
  }
  sort_numbers(numbers, high + 1);
  sort_numbers(numbers + high + 1, count - high - 1);
}

TWOFOLD_IN_SECTION std::uint64_t hash_of(std::uint64_t value) {
  for (int round = 0; round < 8; ++round) {
    value ^= value >> 29;
    value *= 0xbf58476d1ce4e5b9ULL;
  }
  return value;
}

TWOFOLD_IN_SECTION std::uint64_t hash_tree(std::uint64_t nodes) {
  if (nodes <= 1) return hash_of(nodes);
  const std::uint64_t left = hash_tree(nodes / 2);
  return hash_of(left ^ hash_tree(nodes - nodes / 2));
}

std::size_t text_bytes() {
  return static_cast<std::size_t>(TWOFOLD_JOIN(__stop_kernel_, TWOFOLD_KERNEL) -
                                  TWOFOLD_JOIN(__start_kernel_, TWOFOLD_KERNEL));
}

}  // namespace twofold::micro::TWOFOLD_KERNEL
