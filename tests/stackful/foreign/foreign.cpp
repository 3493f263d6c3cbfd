#include "stackful/foreign/foreign.hpp"

#include <cstring>

#include "common/keep_whole.hpp"

namespace twofold::foreign {
namespace {

struct LargeShape final : Shape {
  [[nodiscard]] int area(int side) const override { return large_frame(side); }
};

}  // namespace

int large_frame(int seed) {
  char frame[64 * 1024];
  std::memset(frame, seed, sizeof frame);
  test::keep_whole(frame);
  return frame[0] + frame[sizeof frame - 1];
}

Function large_frame_pointer() { return &large_frame; }

const Shape& large_shape() {
  static const LargeShape shape;
  return shape;
}

int call_back(int (*callback)(void*), void* argument) {
  char frame[4 * 1024];
  std::memset(frame, 1, sizeof frame);
  test::keep_whole(frame);
  const int answer = callback(argument);
  return answer + frame[sizeof frame - 1];
}

long weighted_sum(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j,
                  double k, long l) {
  return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j +
         11 * static_cast<long>(k) + 12 * l;
}

long sum_of_list(int count, std::va_list values) {
  long sum = 0;
  for (int i = 0; i < count; ++i) sum += va_arg(values, long);
  return sum;
}

long sum_of(int count, ...) {
  std::va_list values;
  va_start(values, count);
  const long sum = sum_of_list(count, values);
  va_end(values);
  return sum;
}

void throw_value(int value) { throw value; }

}  // namespace twofold::foreign
