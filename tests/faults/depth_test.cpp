// Row 9: neither many awaits in a row nor deep calls overflow anything, in any build.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <twofold/twofold.hpp>

namespace twofold::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSlow = true;
#elif defined(__has_feature)
constexpr bool kIsSlow = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kIsSlow = false;
#endif

class Depth : public testing::TestWithParam<std::size_t> {
 protected:
  Runtime runtime_{RuntimeOptions{.workers = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(On, Depth, testing::Values(1, 2, 4), [](const auto& with) {
  return std::to_string(with.param) + (with.param == 1 ? "Worker" : "Workers");
});

TF_ASYNC(std::uint64_t) one() { TF_RETURN 1; }

TF_ASYNC(std::uint64_t) await_many(std::uint64_t count) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) sum += TF_AWAIT(one());
  TF_RETURN sum;
}

TEST_P(Depth, Ten_million_awaits_in_a_row_come_back) {
  const std::uint64_t count = kIsSlow ? 1'000'000 : 10'000'000;
  EXPECT_EQ(runtime_.block_on(await_many, count), count);
}

// What a call needs on a stack depends on the build; a fiber of a fixed stack holds no such depth.
// (Neither made a loop nor folded, so that each is a call on a fiber too.)
[[gnu::noinline]] TF_ASYNC(std::uint64_t) descend(std::uint64_t depth) {
  if (depth == 0) {
    TF_AWAIT(yield_now());
    TF_RETURN 0;
  }
  std::uint64_t below = TF_AWAIT(descend(depth - 1));
  asm volatile("" : "+r"(below));
  TF_RETURN below + 1;
}

TEST_P(Depth, A_recursion_of_a_hundred_thousand_calls_suspends_at_the_bottom_and_comes_back) {
#if defined(TWOFOLD_TEST_SMALL_STACKS)
  GTEST_SKIP() << "stacks of this policy have one size";
#else
  constexpr std::uint64_t kDepth = 100'000;
  EXPECT_EQ(runtime_.block_on(descend, kDepth), kDepth);
#endif
}

}  // namespace
}  // namespace twofold::test
