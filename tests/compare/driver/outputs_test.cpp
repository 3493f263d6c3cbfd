// What a run that goes well leaves behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "driven_run.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {
namespace {

const char* const kFiles[] = {"report.html", "report.md", "results.json", "samples.csv",
                              "google-benchmark.json"};

TEST(Outputs, AreAllWrittenAndNamedAtTheEnd) {
  const DrivenRun run({{"stackless", "good"}, {"stackful", "slow"}});
  const Ended ended = run.run({"--repeat", "5"});
  EXPECT_EQ(ended.exit_status, 0) << ended.standard_error;
  for (const char* name : kFiles) {
    EXPECT_TRUE(std::filesystem::exists(run.output(name))) << name;
    EXPECT_NE(ended.standard_output.find(run.output(name).string()), std::string::npos) << name;
  }
}

TEST(Outputs, EveryRoundHasEveryVariantAndTheControl) {
  const DrivenRun run({{"stackless", "good"}, {"stackful", "slow"}});
  ASSERT_EQ(run.run({"--repeat", "3", "--only", "alpha"}).exit_status, 0);
  std::multiset<std::string> used;
  for (const Sample& sample : run.results().samples) {
    if (sample.used && sample.metric == "ns_per_op") {
      used.insert(sample.variant);
    }
  }
  // Two points, three rounds.
  EXPECT_EQ(used.count("stackless"), 6U);
  EXPECT_EQ(used.count("stackless (A/A)"), 6U);
  EXPECT_EQ(used.count("stackful"), 6U);
}

TEST(Outputs, AreRebuiltAlikeFromTheJsonAlone) {
  const DrivenRun run({{"stackless", "good"}, {"stackful", "slow"}, {"faulty", "failing"}});
  (void)run.run({"--repeat", "3"});
  const auto again = run.file("again");
  const Ended ended =
      run_command({TWOFOLD_REPORT, run.output("results.json").string(), "--out", again.string()},
                  run.file("."));
  EXPECT_NE(ended.exit_status, 2) << ended.standard_error;
  for (const char* name : kFiles) {
    EXPECT_EQ(DrivenRun::text_of(run.output(name)), DrivenRun::text_of(again / name)) << name;
  }
}

TEST(Outputs, JsonOnStandardOutputIsNothingButJson) {
  const DrivenRun run({{"stackless", "good"}, {"stackful", "good"}});
  const Ended ended = run.run({"--json", "-"});
  EXPECT_EQ(ended.exit_status, 0);
  EXPECT_EQ(ended.standard_output, DrivenRun::text_of(run.output("results.json")));
}

TEST(Outputs, TheSameSeedGivesTheSameOrderOfSamples) {
  const auto order_with_seed = [](const std::string& seed) {
    const DrivenRun run({{"stackless", "good"}, {"stackful", "good"}});
    (void)run.run({"--seed", seed, "--repeat", "2"});
    std::vector<std::string> order;
    for (const Sample& sample : run.results().samples) {
      if (sample.attempt == 0) {
        order.push_back(sample.point.workload + sample.variant +
                        std::to_string(sample.point.params.at(0).second));
      }
    }
    return order;
  };
  const auto first = order_with_seed("7");
  EXPECT_EQ(first, order_with_seed("7"));
  EXPECT_NE(first, order_with_seed("8"));
}

TEST(Outputs, AQuickRunLeavesOtherStacksOutWhereTheyAreNotTheSubject) {
  const DrivenRun run({{"stackless", "good"}, {"stackful", "good"}, {"stackful-fixed", "good"}});
  const auto workloads_of_fixed = [&](const std::vector<std::string>& arguments) {
    const Ended ended = run.run(arguments);
    EXPECT_EQ(ended.exit_status, 0) << ended.standard_error;
    std::set<std::string> workloads;
    for (const Sample& sample : run.results().samples) {
      if (sample.variant == "stackful-fixed") workloads.insert(sample.point.workload);
    }
    return workloads;
  };
  EXPECT_EQ(workloads_of_fixed({"--quick", "--repeat", "1"}), std::set<std::string>{"beta"});
  const std::set<std::string> all = workloads_of_fixed({"--full", "--repeat", "1"});
  EXPECT_TRUE(all.contains("alpha") && all.contains("beta"));
  EXPECT_EQ(workloads_of_fixed({"--quick", "--repeat", "1", "--variants", "*"}), all);
  EXPECT_EQ(workloads_of_fixed({"--quick", "--repeat", "1", "--only", "alpha"}),
            std::set<std::string>{"alpha"});
}

TEST(Outputs, OnlyWhatWasChosenIsRun) {
  const DrivenRun run({{"stackless", "good"}, {"stackful", "good"}, {"other", "failing"}});
  EXPECT_EQ(run.run({"--only", "be*", "--variants", "stackless,stackful"}).exit_status, 0);
  for (const Sample& sample : run.results().samples) {
    EXPECT_EQ(sample.point.workload, "beta");
    EXPECT_NE(sample.variant, "other");
  }
}

TEST(Outputs, AnEarlierRunIsComparedWith) {
  const DrivenRun earlier({{"stackless", "good"}, {"stackful", "good"}});
  ASSERT_EQ(earlier.run({"--repeat", "5"}).exit_status, 0);
  const DrivenRun now({{"stackless", "slow"}, {"stackful", "slow"}});
  ASSERT_EQ(
      now.run({"--repeat", "5", "--baseline", earlier.output("results.json").string()}).exit_status,
      0);
  EXPECT_EQ(now.run({"--repeat", "5", "--fail-on-regression", "--baseline",
                     earlier.output("results.json").string()})
                .exit_status,
            1);
  const Results results = now.results();
  ASSERT_FALSE(results.baseline.empty());
  const auto row = std::find_if(results.baseline.begin(), results.baseline.end(),
                                [](const BaselineRow& r) { return r.metric == "ns_per_op"; });
  ASSERT_NE(row, results.baseline.end());
  EXPECT_NEAR(row->ratio.value, 2.0, 0.01);
  EXPECT_GT(results.reproduction.compared, 0);
  EXPECT_TRUE(results.reproduction.changes.empty());
}

TEST(Outputs, TheListNamesWorkloadsAndVariantsAndRunsNothing) {
  const DrivenRun run({{"stackless", "good"}, {"epoll", "good"}});
  const Ended ended = run.run({"--list"});
  EXPECT_EQ(ended.exit_status, 0);
  for (const char* name : {"alpha", "beta", "stackless", "epoll"}) {
    EXPECT_NE(ended.standard_output.find(name), std::string::npos) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(run.output("results.json")));
}

}  // namespace
}  // namespace twofold::compare
