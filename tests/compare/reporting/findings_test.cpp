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

}  // namespace
}  // namespace twofold::compare
