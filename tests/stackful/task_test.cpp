// Tasks whose callable, arguments and result lie on their stack, from such as leave it small to
// such as no usual stack holds.
#include "twofold/stackful/task.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <twofold/twofold.hpp>
#include <utility>
#include <vector>

#include "stackful/depths.hpp"

namespace twofold {
namespace {

template <std::size_t kBytes>
struct Filled {
  explicit Filled(int value) { std::memset(bytes, value, sizeof bytes); }
  [[nodiscard]] int value() const {
    for (const char byte : bytes) {
      if (byte != bytes[0]) return -1;
    }
    return bytes[0];
  }
  char bytes[kBytes];
};

constexpr int kTasks = 100;

// All begun, then each made to see what the others have left of it.
template <class Start, class Value>
void expect_apart(Start start, Value value) {
  std::vector<decltype(start(0))> handles;
  for (int i = 0; i < kTasks; ++i) handles.push_back(start(i));
  for (int i = 0; i < kTasks; ++i) {
    ASSERT_EQ(value(await(handles[static_cast<std::size_t>(i)])), i);
  }
}

// No copy on the stack of who spawns.
template <std::size_t kBytes>
[[gnu::noinline]] void take_arguments() {
  static std::vector<Filled<kBytes>> all;
  for (int i = 0; i < kTasks; ++i) all.emplace_back(i);
  const auto look = [](const Filled<kBytes>& argument) {
    await(yield_now());
    return argument.value();
  };
  expect_apart([&](int i) { return spawn(look, all[static_cast<std::size_t>(i)]); },
               [](int value) { return value; });
  all.clear();
}

template <std::size_t kBytes>
[[gnu::noinline]] void take_captures() {
  expect_apart(
      [](int i) {
        return spawn([captured = Filled<kBytes>(i)] {
          await(yield_now());
          return captured.value();
        });
      },
      [](int value) { return value; });
}

template <std::size_t kBytes>
[[gnu::noinline]] void give_results() {
  expect_apart(
      [](int i) {
        return spawn([i] {
          await(yield_now());
          return Filled<kBytes>(i);
        });
      },
      [](const Filled<kBytes>& result) { return result.value(); });
}

template <std::size_t kBytes>
[[gnu::noinline]] void end_at_once() {
  for (int i = 0; i < kTasks; ++i) {
    ASSERT_EQ(await(spawn([](const Filled<kBytes>&) { return 1; }, Filled<kBytes>(i))), 1);
  }
}

template <std::size_t... kBytes>
void of_each_size(std::index_sequence<kBytes...>) {
  const auto all = []<std::size_t kSize>(std::index_sequence<kSize>) {
    take_arguments<kSize>();
    if (kSize * 8 > stack_limit()) return;  // those who hold a copy need as much once more
    take_captures<kSize>();
    give_results<kSize>();
    end_at_once<kSize>();
  };
  block_on([&] {
    const StackMetrics before = stack_metrics();
    (all(std::index_sequence<kBytes>()), ...);
    const StackMetrics after = stack_metrics();
    EXPECT_EQ(after.stacks, before.stacks);
    EXPECT_EQ(after.further_segments, before.further_segments);
    EXPECT_EQ(after.bytes_in_use, before.bytes_in_use);
  });
}

TEST(StackfulTask, HasRoomForItsArgumentsAndItsResult) {
  of_each_size(std::index_sequence<100, 300, 512, 700, 760, 900, 1'024, 1'400, 4'096>());
}

TEST(StackfulTask, HasRoomForMuchLargerOnes) {
  if (stack_limit() < std::size_t{128} << 10) GTEST_SKIP() << "larger than a whole stack";
  of_each_size(std::index_sequence<30'000, 65'536>());
}

TEST(StackfulTask, BeginsWithItsLargeArgumentsUnderBlockOn) {
  EXPECT_EQ(
      block_on([](const Filled<4'096>& argument) { return argument.value(); }, Filled<4'096>(7)),
      7);
}

TEST(StackfulTask, IsRefusedWhatNoStackMayHold) {
  struct Huge {
    char bytes[80 << 20];
  };
  static Huge huge;  // never touched
  block_on(
      [] { EXPECT_THROW(static_cast<void>(spawn([](const Huge&) {}, huge)), std::length_error); });
}

struct TellsTheTask {
  explicit TellsTheTask(TaskId& to) : seen(&to) {}
  TellsTheTask(TellsTheTask&& other) noexcept : seen(std::exchange(other.seen, nullptr)) {}
  TellsTheTask& operator=(TellsTheTask&&) = delete;
  ~TellsTheTask() {
    if (seen != nullptr) *seen = this_task::id();
  }
  TaskId* seen;
};

enum class End { kReturns, kThrows, kIsAborted };

TEST(StackfulTask, DestroysWhatItCapturedAsItselfHoweverItEnds) {
  for (const End end : {End::kReturns, End::kThrows, End::kIsAborted}) {
    TaskId task{};
    TaskId seen{};
    block_on([&] {
      auto other = spawn([] {
        for (int i = 0; i < 20; ++i) await(yield_now());
      });
      auto ending = spawn([&task, end, captured = TellsTheTask(seen)] {
        task = this_task::id();
        await(yield_now());
        if (end == End::kThrows) throw std::runtime_error("as planned");
        if (end == End::kIsAborted) await(pending<Unit>());
      });
      for (int i = 0; i < 5; ++i) await(yield_now());
      if (end == End::kIsAborted) ending.abort();
      if (end == End::kReturns) {
        await(ending);
      } else {
        EXPECT_ANY_THROW(await(ending));
      }
      await(other);
    });
    EXPECT_NE(task, TaskId{});
    EXPECT_EQ(seen, task);
  }
}

struct alignas(256) Aligned {
  char bytes[400]{};
};

TEST(StackfulTask, KeepsTheAlignmentOfItsArguments) {
  block_on([] {
    for (int i = 0; i < kTasks; ++i) {
      const auto place = await(
          spawn([](const Aligned& argument) { return reinterpret_cast<std::uintptr_t>(&argument); },
                Aligned()));
      ASSERT_EQ(place % alignof(Aligned), 0U);
    }
  });
}

}  // namespace
}  // namespace twofold
