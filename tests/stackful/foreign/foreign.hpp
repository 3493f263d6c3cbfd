// Code of a library that knows nothing of fibers: compiled without checks of the stack, whatever
// the runtime. What the tests of foreign code call.
#pragma once

#include <cstdarg>

namespace twofold::foreign {

/// Uses a frame of 64 KiB; gives 2 * seed.
[[nodiscard]] int large_frame(int seed);

using Function = int (*)(int);
/// large_frame by a pointer that only the library's code makes: no linker sees the call.
[[nodiscard]] Function large_frame_pointer();

struct Shape {
  virtual ~Shape() = default;
  [[nodiscard]] virtual int area(int side) const = 0;
};
/// Its area() is large_frame(), by a table that the library's code makes.
[[nodiscard]] const Shape& large_shape();

/// Calls back from a frame of some KiB.
[[nodiscard]] int call_back(int (*callback)(void*), void* argument);

/// 1 * a + 2 * b + ... : most arguments go over the stack.
[[nodiscard]] long weighted_sum(long a, long b, long c, long d, long e, long f, long g, long h,
                                long i, long j, double k, long l);

/// The sum of `count` longs.
[[nodiscard]] long sum_of(int count, ...);

/// The sum of the next `count` longs of `values`.
[[nodiscard]] long sum_of_list(int count, std::va_list values);

/// Throws `value`.
[[noreturn]] void throw_value(int value);

}  // namespace twofold::foreign
