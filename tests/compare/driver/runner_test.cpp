#include "driver/runner.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace twofold::compare {
namespace {

constexpr const char* kOk =
    "echo '{\"metric\": \"ns_per_op\", \"unit\": \"ns\", \"value\": 12.5}'; "
    "echo '{\"check\": \"ok\", \"checksum\": \"9f\", \"ops\": 10}'";

// Runs one baseline whose program is a shell script.
class ScriptedRunner : public ::testing::Test {
 protected:
  ScriptedRunner() {
    std::string pattern = (std::filesystem::temp_directory_path() / "runner-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    workload_.name = "alpha";
    workload_.metric = "ns_per_op";
    variant_.note.name = "baseline";
    plan_.cells = {{&variant_, &workload_, {"alpha", {}, 1}, "baseline"}};
    plan_.rounds = plan_.most_rounds = 10;
  }
  ~ScriptedRunner() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::vector<Sample> samples_of(const std::string& script) {
    variant_.command = {"/bin/sh", "-c", script};
    std::vector<Sample> samples;
    Runner(plan_, [] { return false; }).run(samples);
    // Those that were disturbed and taken again stay on record.
    std::erase_if(samples, [](const Sample& sample) { return !sample.used; });
    return samples;
  }

  std::filesystem::path folder_;
  WorkloadNote workload_;
  Variant variant_;
  RunPlan plan_;
};

TEST_F(ScriptedRunner, TakesTheRoundsThatWereAskedFor) {
  plan_.budget_s = 1e9;
  EXPECT_EQ(samples_of(kOk).size(), 10U);
}

TEST_F(ScriptedRunner, StopsWhatDoesNotFitTheBudgetAfterTheFewestRounds) {
  plan_.budget_s = 4;
  EXPECT_EQ(samples_of(std::string("sleep 0.5; ") + kOk).size(), 4U);
}

TEST_F(ScriptedRunner, GivesBackTheRoundsOfWhatWasDearOnlyAtFirst) {
  plan_.budget_s = 15;
  const std::string marker = (folder_ / "has_run").string();
  const std::string slow_at_first =
      "test -e " + marker + " || { touch " + marker + "; sleep 2; }; ";
  EXPECT_EQ(samples_of(slow_at_first + kOk).size(), 10U);
}

TEST_F(ScriptedRunner, AsksNoMoreOfWhatHasFailed) {
  plan_.budget_s = 1e9;
  const std::vector<Sample> samples = samples_of("exit 7");
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_NE(samples[0].status, "ok");
}

TEST_F(ScriptedRunner, TakesWhatIsExactOnce) {
  plan_.budget_s = 1e9;
  workload_.exact = true;
  EXPECT_EQ(samples_of(kOk).size(), 1U);
}

TEST_F(ScriptedRunner, TakesMoreOfWhatCostsLittleWhileThereIsTime) {
  plan_.rounds = 2;
  plan_.cheap_rounds = 4;
  plan_.most_rounds = 6;
  plan_.budget_s = 1e9;
  EXPECT_EQ(samples_of(kOk).size(), 6U);
}

}  // namespace
}  // namespace twofold::compare
