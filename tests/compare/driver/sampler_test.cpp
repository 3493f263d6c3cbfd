#include "driver/sampler.hpp"

#include <gtest/gtest.h>

namespace twofold::compare {
namespace {

class Sampler : public ::testing::Test {
 protected:
  Sampler() {
    workload_.name = "alpha";
    workload_.metric = "ns_per_op";
    variant_.command = {"/bin/program", "mode"};
    cell_ = {&variant_, &workload_, {"alpha", {{"tasks", 7}}, 2}, "stackless"};
  }

  [[nodiscard]] std::vector<Sample> interpreted(int exit_status, const std::string& output) const {
    ProcessEnd end;
    end.exit_status = exit_status;
    end.standard_output = output;
    return interpret(cell_, end);
  }

  void expect_no_value(const std::vector<Sample>& samples, const std::string& status) {
    ASSERT_EQ(samples.size(), 1U);
    EXPECT_EQ(samples[0].status, status) << samples[0].detail;
    EXPECT_FALSE(samples[0].value.has_value());
  }

  WorkloadNote workload_;
  Variant variant_;
  CellPlan cell_;
};

constexpr const char* kFigure = "{\"metric\": \"ns_per_op\", \"unit\": \"ns\", \"value\": 12.5}\n";
constexpr const char* kOk = "{\"check\": \"ok\", \"checksum\": \"9f\", \"ops\": 10}\n";

TEST_F(Sampler, AsksAProgramForAPointWithItsWorkersAndSeed) {
  EXPECT_EQ(sample_command(cell_, 0, 5, "/bin/load", 10),
            (std::vector<std::string>{"/bin/program", "mode", "run", "alpha", "--param", "tasks=7",
                                      "--workers", "2", "--seed", "5"}));
}

TEST_F(Sampler, TakesTheOtherLinkInOddRoundsAndTheControlTheOtherWayRound) {
  variant_.note.name = "stackless";
  variant_.twin = {"/bin/twin"};
  const auto program_in = [&](int round) {
    return sample_command(cell_, round, 5, "", 10).front();
  };
  EXPECT_EQ(program_in(0), "/bin/program");
  EXPECT_EQ(program_in(1), "/bin/twin");
  cell_.label = "stackless (A/A)";
  EXPECT_EQ(program_in(0), "/bin/twin");
  EXPECT_EQ(program_in(1), "/bin/program");
}

TEST_F(Sampler, PutsTheLoadBeforeAServerWithTheSameParameters) {
  workload_.load = "echo";
  EXPECT_EQ(sample_command(cell_, 0, 5, "/bin/load", 10),
            (std::vector<std::string>{"/bin/load", "echo", "--timeout", "9", "--param", "tasks=7",
                                      "--seed", "5", "--", "/bin/program", "mode", "run", "alpha",
                                      "--param", "tasks=7", "--workers", "2", "--seed", "5"}));
}

TEST_F(Sampler, TakesTheFiguresOfAProgramThatCheckedItself) {
  const auto samples = interpreted(0, std::string(kFigure) + kOk);
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].status, "ok");
  EXPECT_EQ(samples[0].value, 12.5);
  EXPECT_EQ(samples[0].checksum, "9f");
  EXPECT_EQ(samples[0].ops, 10);
}

TEST_F(Sampler, NeverTakesAFigureWithoutAnOkAsTheLastLine) {
  expect_no_value(interpreted(0, kFigure), "invalid");
  expect_no_value(interpreted(0, std::string(kOk) + kFigure), "invalid");
  expect_no_value(interpreted(0, std::string(kFigure) + "{\"check\": \"ok\"}\n"), "invalid");
  expect_no_value(interpreted(0, std::string(kFigure) + "noise\n" + kOk), "invalid");
  expect_no_value(interpreted(0, kOk), "invalid");
  expect_no_value(interpreted(0, ""), "invalid");
}

TEST_F(Sampler, NeverTakesAFigureThatIsNoNumber) {
  expect_no_value(
      interpreted(0, std::string("{\"metric\": \"ns_per_op\", \"value\": NaN}\n") + kOk),
      "invalid");
  expect_no_value(
      interpreted(0, std::string("{\"metric\": \"ns_per_op\", \"value\": null}\n") + kOk),
      "invalid");
}

TEST_F(Sampler, BelievesAReasonOnlyWhenTheExitStatusSaysTheSame) {
  const std::string figure = kFigure;
  expect_no_value(interpreted(3, figure + "{\"check\": \"failed\", \"detail\": \"x\"}"), "failed");
  expect_no_value(interpreted(4, figure + "{\"check\": \"unsupported\", \"detail\": \"x\"}"),
                  "unsupported");
  expect_no_value(interpreted(5, figure + "{\"check\": \"capped\", \"detail\": \"x\"}"), "capped");
  expect_no_value(interpreted(4, figure + kOk), "crash");
  expect_no_value(interpreted(5, figure), "crash");
  expect_no_value(interpreted(1, figure + kOk), "crash");
  expect_no_value(interpreted(0, figure + "{\"check\": \"capped\", \"detail\": \"x\"}"), "invalid");
}

TEST_F(Sampler, ASignalIsACrashAndTheTimeLimitAHangWhateverWasPrinted) {
  ProcessEnd end;
  end.standard_output = std::string(kFigure) + kOk;
  end.kind = ProcessEnd::Kind::kSignalled;
  expect_no_value(interpret(cell_, end), "crash");
  end.kind = ProcessEnd::Kind::kTimedOut;
  expect_no_value(interpret(cell_, end), "hang");
}

TEST_F(Sampler, ReportsAFigureThatIsNoNumberThoughAnotherHasTheHeadline) {
  const auto samples =
      interpreted(0, std::string(kFigure) +
                         "{\"metric\": \"p99_us\", \"unit\": \"us\", \"value\": null}\n" + kOk);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].status, "ok");
  EXPECT_EQ(samples[1].status, "invalid");
  EXPECT_NE(samples[1].detail.find("p99_us"), std::string::npos);
}

TEST_F(Sampler, DoesNotMeasureAServerThatLeavesItsLoadNoCore) {
  workload_.load = "echo";
  const auto sample = not_measurable(cell_, 2);
  ASSERT_TRUE(sample.has_value());
  EXPECT_EQ(sample->status, "unsupported");
  EXPECT_FALSE(not_measurable(cell_, 3).has_value());
  cell_.point.workers = 1;
  EXPECT_FALSE(not_measurable(cell_, 1).has_value());
  workload_.load.clear();
  cell_.point.workers = 8;
  EXPECT_FALSE(not_measurable(cell_, 2).has_value());
}

}  // namespace
}  // namespace twofold::compare
