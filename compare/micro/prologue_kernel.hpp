// What micro-prologue measures, compiled twice: see prologue_kernel.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace twofold::micro {

#define TWOFOLD_DECLARE_KERNEL(kind)                            \
  namespace kind {                                              \
  std::uint64_t fib(unsigned n);                                \
  std::uint64_t leaf_calls(std::uint64_t calls);                \
  void sort_numbers(std::uint64_t* numbers, std::size_t count); \
  std::uint64_t hash_tree(std::uint64_t nodes);                 \
  [[nodiscard]] std::size_t text_bytes();                       \
  }

TWOFOLD_DECLARE_KERNEL(plain)
TWOFOLD_DECLARE_KERNEL(checked)

}  // namespace twofold::micro
