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
#if defined(TWOFOLD_TEST_SMALL_STACKS)
constexpr bool kHasDeepStacks = false;
#else
constexpr bool kHasDeepStacks = true;
#endif
constexpr const char* kStacksHaveOneSize = "stacks of this policy have one size";

// (Neither made a loop nor folded, so that each is a call on a fiber too.)
[[gnu::noinline]] TF_ASYNC(std::uint64_t) descend(std::uint64_t depth, bool suspend) {
  if (depth == 0) {
    if (suspend) TF_AWAIT(yield_now());
    TF_RETURN 0;
  }
  std::uint64_t below = TF_AWAIT(descend(depth - 1, suspend));
  asm volatile("" : "+r"(below));
  TF_RETURN below + 1;
}

TEST_P(Depth, A_recursion_of_a_hundred_thousand_calls_suspends_at_the_bottom_and_comes_back) {
  if (!kHasDeepStacks) GTEST_SKIP() << kStacksHaveOneSize;
  constexpr std::uint64_t kDepth = 100'000;
  EXPECT_EQ(runtime_.block_on(descend, kDepth, true), kDepth);
}

TEST_P(Depth, A_recursion_of_a_hundred_thousand_calls_ends_at_once) {
  if (!kHasDeepStacks) GTEST_SKIP() << kStacksHaveOneSize;
  constexpr std::uint64_t kDepth = 100'000;
  EXPECT_EQ(runtime_.block_on(descend, kDepth, false), kDepth);
}

// At each level calls others before and after; one level in `every` lets them wait.
[[gnu::noinline]] TF_ASYNC(std::uint64_t)
    call_at_each_level(std::uint64_t depth, std::uint64_t every) {
  if (depth == 0) TF_RETURN 0;
  std::uint64_t sum = TF_AWAIT(descend(3, depth % every == 0));
  sum += TF_AWAIT(call_at_each_level(depth - 1, every));
  sum += TF_AWAIT(descend(3, depth % every == 1));
  TF_RETURN sum;
}

TEST_P(Depth, Calls_at_each_level_end_at_once_or_wait) {
  if (!kHasDeepStacks) GTEST_SKIP() << kStacksHaveOneSize;
  static constexpr std::uint64_t kDepth = 5'000;
  const auto two_at_a_time = []() -> TF_ASYNC(std::uint64_t) {
    auto other = spawn(call_at_each_level, kDepth, std::uint64_t{97});
    const std::uint64_t sum = TF_AWAIT(call_at_each_level(kDepth, 31));
    TF_RETURN sum + TF_AWAIT(other);
  };
  EXPECT_EQ(runtime_.block_on(two_at_a_time), 2 * kDepth * 6);
}

TEST_P(Depth, Deep_calls_that_are_polled_wait_beside_each_other) {
  if (!kHasDeepStacks) GTEST_SKIP() << kStacksHaveOneSize;
  static constexpr std::uint64_t kDepth = 3'000;
  const auto side_by_side = []() -> TF_ASYNC(std::uint64_t) {
    auto [first, second] = TF_AWAIT(
        join(async(call_at_each_level, kDepth, std::uint64_t{31}), async(descend, kDepth, true)));
    TF_RETURN first + second;
  };
  EXPECT_EQ(runtime_.block_on(side_by_side), kDepth * 7);
}

}  // namespace
}  // namespace twofold::test
