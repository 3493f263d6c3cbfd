// What the fault tests have in common: a runtime with one, two or four workers, a seed that is
// printed and can be set (TWOFOLD_SEED), and that nothing is left at the end.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <twofold/twofold.hpp>

#include "twofold/detail/seeded_random.hpp"

namespace twofold::test {

using Random = detail::SeededRandom;

/// Of this run. Printed, so that it can be repeated.
inline std::uint64_t seed() {
  const char* const given = std::getenv("TWOFOLD_SEED");
  const std::uint64_t value = given != nullptr ? std::strtoull(given, nullptr, 0) : 20260101;
  std::cout << "  TWOFOLD_SEED=" << value << '\n';
  return value;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kIsSanitized =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kIsSanitized = false;
#endif

/// `count`: a tenth of it where everything is ten times slower, and TWOFOLD_SCALE times it in the
/// long form.
inline int scaled(int count) {
  const char* const scale = std::getenv("TWOFOLD_SCALE");
  const int times = scale != nullptr ? std::atoi(scale) : 1;
  return (kIsSanitized ? count / 10 : count) * (times > 0 ? times : 1);
}

inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

/// A test of a runtime with GetParam() workers, after which no task and no descriptor is left.
class FaultTest : public testing::TestWithParam<std::size_t> {
 protected:
  FaultTest() : descriptors_before_(open_descriptors()) {
    runtime_ = std::make_unique<Runtime>(RuntimeOptions{.workers = GetParam()});
  }
  void TearDown() override {
    if (runtime_ != nullptr) {
      EXPECT_EQ(runtime_->metrics().tasks_alive, 0U) << "tasks were left";
      runtime_.reset();
    }
    EXPECT_EQ(open_descriptors(), descriptors_before_) << "descriptors were left open";
  }
  Runtime& runtime() { return *runtime_; }

  std::unique_ptr<Runtime> runtime_;

 private:
  std::ptrdiff_t descriptors_before_;
};

inline std::string name_of(const testing::TestParamInfo<std::size_t>& info) {
  return std::to_string(info.param) + (info.param == 1 ? "Worker" : "Workers");
}

/// Counts how many of its kind are alive and were made.
class Counted {
 public:
  struct Counts {
    std::atomic<long> made{0};
    std::atomic<long> gone{0};
  };
  explicit Counted(Counts& counts) noexcept : counts_(&counts) { ++counts_->made; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { ++counts_->gone; }

 private:
  Counts* counts_;
};

}  // namespace twofold::test

/// The tests of `suite` (a FaultTest) on one, two and four workers.
#define TWOFOLD_ON_ALL_WORKERS(suite) \
  INSTANTIATE_TEST_SUITE_P(On, suite, testing::Values(1U, 2U, 4U), twofold::test::name_of)
