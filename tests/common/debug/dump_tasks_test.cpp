// dump_tasks: every parked task with every function it is suspended in, on either runtime.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <sstream>
#include <string>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

using std::chrono::milliseconds;

// What each function still has to do after its await, and no compiler can do before: otherwise it
// would be left by a tail call, and have no frame to be named.
std::atomic<int> steps_back{0};
int step_back() { return steps_back.fetch_add(1, std::memory_order_relaxed) >= 0 ? 1 : 0; }

// Each in a form of its own, and none exported: static, a member, a template.
[[gnu::noinline]] TF_ASYNC(int) wait_at_the_gate(Notify& gate) {
  TF_AWAIT(gate.notified());
  TF_RETURN step_back();
}

struct Traveller {
  [[gnu::noinline]] TF_ASYNC(int) walk(Notify& gate) const {
    const int gates = TF_AWAIT(wait_at_the_gate(gate));
    TF_RETURN gates + step_back();
  }
};

template <class Who>
[[gnu::noinline]] TF_ASYNC(int) set_out(Who who, Notify& gate) {
  const int places = TF_AWAIT(who.walk(gate));
  TF_RETURN places + step_back();
}

std::size_t count_of(const std::string& part, const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

class DumpTasks : public testing::TestWithParam<std::size_t> {
 protected:
  /// Parks five tasks, each three calls deep, and gives the dump of them.
  std::string dump_of_five() {
    std::ostringstream text;
    runtime_.block_on([&]() -> TF_ASYNC(void) {
      Notify gate;
      std::vector<JoinHandle<int>> handles;
      for (int i = 0; i < 5; ++i) {
        handles.push_back(spawn(&set_out<Traveller>, Traveller{}, std::ref(gate)));
      }
      // With several workers they are on their way for a while.
      do {
        text.str("");
        TF_AWAIT(sleep(milliseconds(1)));
        runtime_.dump_tasks(text);
      } while (count_of("wait_at_the_gate", text.str()) < 5 && ++tries_ < 5'000);
      gate.notify_all();
      for (auto& handle : handles) EXPECT_EQ(TF_AWAIT(handle), 3);
      TF_RETURN;
    });
    return text.str();
  }

  Runtime runtime_{RuntimeOptions{.workers = GetParam()}};
  int tries_ = 0;
};

TEST_P(DumpTasks, Names_every_function_of_five_tasks_three_calls_deep) {
  const std::string text = dump_of_five();
  EXPECT_EQ(count_of("wait_at_the_gate(", text), 5u) << text;
  EXPECT_EQ(count_of("Traveller::walk(", text), 5u) << text;
  EXPECT_EQ(count_of("set_out<", text), 5u) << text;
}

TEST_P(DumpTasks, Lists_the_innermost_function_first) {
  const std::string text = dump_of_five();
  EXPECT_LT(text.find("wait_at_the_gate("), text.find("Traveller::walk(")) << text;
  EXPECT_LT(text.find("Traveller::walk("), text.find("set_out<")) << text;
}

TEST_P(DumpTasks, Shows_functions_as_they_were_written) {
  const std::string text = dump_of_five();
  for (const char* noise :
       {"[clone", ".actor", "Frame*", "_Z", "twofold::stackful::fiber", "twofold::stackless::coro",
        "__invoke", "morestack", "{lambda()#1}::operator()() const::{lambda"}) {
    EXPECT_EQ(count_of(noise, text), 0u) << noise << " in\n" << text;
  }
}

TEST_P(DumpTasks, Names_what_the_tasks_of_a_group_run) {
  std::ostringstream text;
  runtime_.block_on([&]() -> TF_ASYNC(void) {
    Notify gate;
    TaskGroup group;
    group.spawn(&set_out<Traveller>, Traveller{}, std::ref(gate));
    do {
      text.str("");
      TF_AWAIT(sleep(milliseconds(1)));
      runtime_.dump_tasks(text);
    } while (count_of("wait_at_the_gate", text.str()) < 1 && ++tries_ < 5'000);
    gate.notify_all();
    TF_AWAIT(group.join());
    TF_RETURN;
  });
  EXPECT_EQ(count_of("set_out<", text.str()), 1u) << text.str();
}

INSTANTIATE_TEST_SUITE_P(, DumpTasks, testing::Values(1, 2),
                         [](const auto& with) { return std::to_string(with.param) + "_workers"; });

TEST(DumpTasksOfADeadlock, Name_the_functions_that_wait_for_each_other) {
  std::string what;
  try {
    block_on([]() -> TF_ASYNC(void) {
      Notify gate;
      (void)TF_AWAIT(set_out(Traveller{}, gate));
      TF_RETURN;
    });
  } catch (const Deadlock& deadlock) {
    what = deadlock.what();
  }
  EXPECT_NE(what.find("deadlock"), std::string::npos) << what;
  EXPECT_EQ(count_of("wait_at_the_gate(", what), 1u) << what;
  EXPECT_EQ(count_of("Traveller::walk(", what), 1u) << what;
}

}  // namespace
}  // namespace twofold
