#include "twofold/task/task_local.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

TaskLocal<std::string> name_local;
TaskLocal<int> number_local;
TaskLocal<std::shared_ptr<int>> owner_local;

TF_ASYNC(std::string) deeper() {
  TF_AWAIT(yield_now());
  TF_RETURN name_local.get();
}

TF_ASYNC(std::string) named(std::string name) {
  name_local.set(name);
  TF_AWAIT(yield_now());
  number_local.get() += 1;
  const std::string seen = TF_AWAIT(deeper());
  TF_RETURN seen + std::to_string(number_local.get());
}

TEST(TaskLocal, each_task_has_its_own) {
  const auto body = []() -> TF_ASYNC(std::string) {
    auto a = spawn(named, std::string("a"));
    auto b = spawn(named, std::string("b"));
    const std::string first = TF_AWAIT(a);
    const std::string second = TF_AWAIT(b);
    TF_RETURN first + second;
  };
  EXPECT_EQ(block_on(body), "a1b1");
}

TEST(TaskLocal, a_spawned_task_does_not_inherit) {
  const auto body = []() -> TF_ASYNC(bool) {
    number_local.set(7);
    auto child = spawn([]() -> TF_ASYNC(bool) { TF_RETURN number_local.find() == nullptr; });
    const bool child_has_none = TF_AWAIT(child);
    TF_RETURN child_has_none&& number_local.get() == 7;
  };
  EXPECT_TRUE(block_on(body));
}

TEST(TaskLocal, values_go_when_the_task_ends) {
  auto shared = std::make_shared<int>(1);
  const auto body = [&]() -> TF_ASYNC(long) {
    auto child = spawn([&]() -> TF_ASYNC(void) {
      owner_local.set(shared);
      TF_RETURN;
    });
    TF_AWAIT(child);
    TF_RETURN shared.use_count();
  };
  EXPECT_EQ(block_on(body), 1);
}

TEST(TaskLocal, values_go_as_the_task_that_ends) {
  TaskId task{};
  TaskId with_value{};
  const auto body = [&]() -> TF_ASYNC(void) {
    auto other = spawn([]() -> TF_ASYNC(void) {
      for (int i = 0; i < 20; ++i) TF_AWAIT(yield_now());
      TF_RETURN;
    });
    auto ending = spawn([&]() -> TF_ASYNC(void) {
      owner_local.set({new int(0), [&](int* memory) {
                         with_value = this_task::id();
                         delete memory;
                       }});
      TF_AWAIT(yield_now());
      task = this_task::id();
      TF_RETURN;
    });
    TF_AWAIT(ending);
    TF_AWAIT(other);
  };
  block_on(body);
  EXPECT_NE(task, TaskId{});
  EXPECT_EQ(with_value, task);
}

TEST(TaskLocal, values_go_when_the_task_is_aborted) {
  auto shared = std::make_shared<int>(1);
  const auto body = [&]() -> TF_ASYNC(long) {
    auto child = spawn([&]() -> TF_ASYNC(void) {
      owner_local.set(shared);
      TF_AWAIT(pending<Unit>());
      TF_RETURN;
    });
    TF_AWAIT(yield_now());
    child.abort();
    while (!child.is_finished()) TF_AWAIT(yield_now());
    TF_RETURN shared.use_count();
  };
  EXPECT_EQ(block_on(body), 1);
}

TEST(TaskLocal, outside_of_a_task_is_refused) {
  EXPECT_THROW(number_local.set(1), std::logic_error);
  EXPECT_THROW((void)number_local.get(), std::logic_error);
}

}  // namespace
}  // namespace twofold
