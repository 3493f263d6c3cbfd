// A workload that fails, crashes, hangs or contradicts others is a row, and never a number.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "driven_run.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {
namespace {

// What fake_program.py prints as its figure before it misbehaves.
constexpr const char* kForbiddenFigure = "31337";

struct Fault {
  const char* mode;
  const char* status;
  int exit_status;
};

// An orphan that was killed stays until whoever inherited it has reaped it.
bool ends_soon(pid_t pid) {
  for (int i = 0; i < 100; ++i) {
    if (::kill(pid, 0) != 0) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

class Failure : public ::testing::TestWithParam<Fault> {};

TEST_P(Failure, IsARowInEveryOutputAndNeverANumber) {
  const Fault fault = GetParam();
  const DrivenRun run({{"stackless", "good"}, {"stackful", "good"}, {"faulty", fault.mode}});
  const Ended ended = run.run({"--only", "alpha", "--sample-timeout", "5"});
  EXPECT_EQ(ended.exit_status, fault.exit_status) << ended.standard_error;
  EXPECT_NE(ended.standard_output.find(fault.status), std::string::npos) << ended.standard_output;
  EXPECT_EQ(ended.standard_output.find(kForbiddenFigure), std::string::npos);
  for (const char* name : {"report.html", "report.md", "results.json", "samples.csv"}) {
    const std::string text = DrivenRun::text_of(run.output(name));
    EXPECT_NE(text.find("faulty"), std::string::npos) << name;
    EXPECT_NE(text.find(fault.status), std::string::npos) << name;
    EXPECT_EQ(text.find(kForbiddenFigure), std::string::npos) << name;
  }
  // That format knows figures only.
  EXPECT_EQ(DrivenRun::text_of(run.output("google-benchmark.json")).find(kForbiddenFigure),
            std::string::npos);
  const Results results = run.results();
  EXPECT_TRUE(std::none_of(results.summary.begin(), results.summary.end(),
                           [](const SummaryRow& row) { return row.variant == "faulty"; }));
  // The others are not made to suffer for it.
  EXPECT_TRUE(std::any_of(results.summary.begin(), results.summary.end(),
                          [](const SummaryRow& row) { return row.variant == "stackful"; }));
}

INSTANTIATE_TEST_SUITE_P(
    Of, Failure,
    ::testing::Values(Fault{"failing", "failed", 1}, Fault{"crashing", "crash", 1},
                      Fault{"exiting", "crash", 1}, Fault{"hanging", "hang", 1},
                      Fault{"silent", "invalid", 1}, Fault{"babbling", "invalid", 1},
                      Fault{"contradicting", "invalid", 1}, Fault{"capped", "capped", 0},
                      Fault{"unsupported", "unsupported", 0}),
    [](const auto& tested) { return std::string(tested.param.mode); });

TEST(Failures, AHungSamplesGrandchildDiesWithIt) {
  const DrivenRun run({{"stackless", "good"}, {"faulty", "hanging"}});
  EXPECT_EQ(run.run({"--only", "alpha", "--sample-timeout", "1"}).exit_status, 1);
  std::ifstream pids(run.file("pids"));
  pid_t pid = 0;
  while (pids >> pid) {
    EXPECT_TRUE(ends_soon(pid)) << pid;
  }
}

TEST(Failures, AnswersThatDifferWithholdAllTimingsOfThePoint) {
  const DrivenRun run({{"stackless", "good"}, {"stackful", "disagreeing"}});
  const Ended ended = run.run({"--repeat", "3"});
  EXPECT_EQ(ended.exit_status, 1);
  EXPECT_NE(ended.standard_output.find("answers differ"), std::string::npos)
      << ended.standard_output;
  const Results results = run.results();
  EXPECT_TRUE(results.summary.empty());
  EXPECT_TRUE(results.ratios.empty());
  EXPECT_NE(DrivenRun::text_of(run.output("report.html")).find("answers differ"),
            std::string::npos);
}

TEST(Failures, MarkupFromAProgramIsNoMarkupInTheReport) {
  const DrivenRun run({{"stackless", "good"}, {"faulty", "failing"}});
  (void)run.run({});
  const std::string html = DrivenRun::text_of(run.output("report.html"));
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("<b>wrong"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
}

TEST(Failures, AFigureThatIsNoNumberIsAFailure) {
  const DrivenRun run({{"stackless", "good"}, {"faulty", "nan"}});
  EXPECT_EQ(run.run({"--only", "alpha"}).exit_status, 1);
}

}  // namespace
}  // namespace twofold::compare
