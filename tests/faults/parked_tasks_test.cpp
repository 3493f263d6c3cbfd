// Row 20: very many tasks that are parked at the same time, or an error of spawn, and no other end.
#include <atomic>
#include <cstddef>
#include <functional>
#include <new>
#include <system_error>
#include <vector>

#include "fault_test.hpp"

namespace twofold::test {
namespace {

class ParkedTasks : public FaultTest {};
TWOFOLD_ON_ALL_WORKERS(ParkedTasks);

using Count = std::atomic<std::size_t>;

TF_ASYNC(void) park(WaitGroup& gate, Count& arrived, Count& left) {
  ++arrived;
  TF_AWAIT(gate.wait());
  ++left;
  TF_RETURN;
}

// A million in the long form.
TEST_P(ParkedTasks, By_the_hundred_thousand_go_on_or_are_refused_by_spawn) {
  const auto wanted = static_cast<std::size_t>(scaled(100'000));
  std::size_t refused = 0;
  std::size_t spawned = 0;
  Count arrived{0};
  Count left{0};
  runtime().block_on([&]() -> TF_ASYNC(void) {
    WaitGroup gate;
    gate.add(1);
    std::vector<JoinHandle<void>> tasks;
    tasks.reserve(wanted);
    for (std::size_t i = 0; i < wanted; ++i) {
      try {
        tasks.push_back(spawn(park, std::ref(gate), std::ref(arrived), std::ref(left)));
      } catch (const std::system_error&) {  // no stack, or no guard for one
        ++refused;
      } catch (const std::bad_alloc&) {
        ++refused;
      }
    }
    spawned = tasks.size();
    while (arrived.load() < spawned) TF_AWAIT(yield_now());
    EXPECT_EQ(left.load(), 0U);
    EXPECT_EQ(runtime().metrics().tasks_alive, spawned + 1);
    gate.done();
    for (auto& task : tasks) TF_AWAIT(task);
    TF_RETURN;
  });
  EXPECT_EQ(left.load(), spawned);
  EXPECT_EQ(spawned + refused, wanted);
  EXPECT_GT(spawned, 1'000U) << "next to none could be had";
}

}  // namespace
}  // namespace twofold::test
