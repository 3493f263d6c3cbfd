// keep_whole: for an array that stands for a large frame, of which a test uses little.
#pragma once

namespace twofold::test {

/// Its frame holds `array` to the last byte, until the function is left for good: somebody else
/// knows its address. Of an array of which it knows every use, clang makes single variables where
/// it can, of those elements alone that are used; and of a function whose last call is to itself a
/// loop on one frame.
template <class Array>
[[gnu::always_inline]] inline void keep_whole(Array& array) {
  asm volatile("" : : "r"(&array) : "memory");
}

}  // namespace twofold::test
