// Row 7: tasks that only yield advance alike.
#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "fault_test.hpp"

namespace twofold::test {
namespace {

class Fairness : public FaultTest {};
TWOFOLD_ON_ALL_WORKERS(Fairness);

TEST_P(Fairness, The_slowest_of_a_thousand_yielding_tasks_has_half_the_progress_of_the_fastest) {
  constexpr std::size_t kTasks = 1000;
  // Turns of the average task. Workers that share a core are kept waiting for milliseconds, with
  // what they hold: it takes longer until that is the same for all.
  const bool have_cores = GetParam() <= std::thread::hardware_concurrency();
  const long enough = scaled(have_cores && !kIsSanitized ? 3'000 : 20'000);
  std::vector<std::atomic<long>> turns(kTasks);
  std::atomic<bool> has_begun{false};
  std::atomic<bool> stop{false};
  runtime().block_on([&]() -> TF_ASYNC(void) {
    std::vector<JoinHandle<void>> tasks;
    for (std::size_t i = 0; i < kTasks; ++i) {
      tasks.push_back(spawn([&, i]() -> TF_ASYNC(void) {
        // Not before all are there: the first would run alone meanwhile.
        while (!has_begun.load(std::memory_order_relaxed)) TF_AWAIT(yield_now());
        while (!stop.load(std::memory_order_relaxed)) {
          turns[i].fetch_add(1, std::memory_order_relaxed);
          TF_AWAIT(yield_now());
        }
        TF_RETURN;
      }));
    }
    TF_AWAIT(sleep(std::chrono::milliseconds(1)));
    has_begun.store(true);
    for (long sum = 0; sum < enough * static_cast<long>(kTasks);) {
      TF_AWAIT(sleep(std::chrono::milliseconds(1)));
      sum = 0;
      for (const auto& count : turns) sum += count.load(std::memory_order_relaxed);
    }
    stop.store(true);
    for (auto& task : tasks) TF_AWAIT(task);
    TF_RETURN;
  });
  const auto [least, most] = std::minmax_element(
      turns.begin(), turns.end(), [](const auto& a, const auto& b) { return a.load() < b.load(); });
  EXPECT_GE(static_cast<double>(least->load()) / static_cast<double>(most->load()), 0.5)
      << least->load() << " and " << most->load() << " turns";
}

}  // namespace
}  // namespace twofold::test
