#include "reporting/findings.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sample_results.hpp"

namespace twofold::compare {
namespace {

const Pairing kPair{"stackless", "stackful"};

Results only(Results results, const auto& keep) {
  std::erase_if(results.samples, [&](const Sample& sample) { return !keep(sample); });
  summarize(results);
  return results;
}

TEST(Findings, FewSamplesAreCalledFewAndNotNoisy) {
  const Results results = only(sample_results(), [](const Sample& s) { return s.round < 3; });
  EXPECT_EQ(judge_workload(results, results.workloads[0], kPair).sentence,
            "nothing claimed: too few samples");
  EXPECT_NE(judge_control(results).sentence.find("so few samples"), std::string::npos);
}

TEST(Findings, FourRoundsAreEnoughForAClaim) {
  const Results results = only(sample_results(), [](const Sample& s) { return s.round < 4; });
  EXPECT_EQ(judge_workload(results, results.workloads[0], kPair).outcome, Outcome::kDepends);
}

TEST(Findings, AWorkloadThatOnlyOneCanRunSaysSo) {
  const Results results =
      only(sample_results(), [](const Sample& s) { return s.variant == "stackful"; });
  EXPECT_EQ(judge_workload(results, results.workloads[0], kPair).sentence,
            "stackful alone has figures: stackless cannot run it or failed");
}

TEST(Slope, LeavesOutWhatTheProcessTakesAnyway) {
  Results results;
  results.reference = "stackless";
  results.variants = {{.name = "stackless", .kind = "runtime"}};
  WorkloadNote sleepers{.name = "sleepers", .metric = "bytes_per_task", .axis = "tasks"};
  constexpr double kAnyway = 1'000'000;
  constexpr double kEach = 200;
  for (const std::int64_t tasks : {1'000, 2'000, 5'000, 10'000, 100'000}) {
    sleepers.points.push_back({{"tasks", tasks}});
    Sample made;
    made.point = {sleepers.name, sleepers.points.back(), 1};
    made.variant = "stackless";
    made.metric = sleepers.metric;
    made.value = kEach + kAnyway / static_cast<double>(tasks);
    results.samples.push_back(made);
  }
  results.workloads = {sleepers};
  summarize(results);
  EXPECT_EQ(slope_sentence(results, sleepers),
            "One more of the tasks takes, by the slope over all sizes: stackless 200 B");
  sleepers.points.pop_back();
  EXPECT_EQ(slope_sentence(results, sleepers), "");
}

}  // namespace
}  // namespace twofold::compare
