// The command line and the exit statuses of every measured program, seen from outside.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "run_program.hpp"

namespace twofold::compare {
namespace {

Finished probe(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), PROTOCOL_PROBE);
  return run_program(arguments);
}

TEST(ProtocolMain, ListsWorkloadsWithTheirPoints) {
  const Finished finished = probe({"list"});
  EXPECT_EQ(finished.exit_status, 0);
  ASSERT_EQ(finished.lines.size(), 1u);
  const auto& first = finished.lines[0][0];
  EXPECT_EQ(first["name"], "parameters");
  EXPECT_EQ(first["metric"], "ns_per_op");
  EXPECT_EQ(first["axis"], "tasks");
  EXPECT_EQ(first["load"], "");
  EXPECT_EQ(first["quick"].dump(), R"([{"tasks":5}])");
}

TEST(ProtocolMain, PassesParametersWorkersAndSeedOn) {
  const Finished finished =
      probe({"run", "parameters", "--param", "tasks=3", "--workers=2", "--seed", "11"});
  EXPECT_EQ(finished.exit_status, 0);
  ASSERT_EQ(finished.lines.size(), 4u);
  EXPECT_EQ(finished.lines[0]["value"], 3);
  EXPECT_EQ(finished.lines[1]["value"], 2);
  EXPECT_EQ(finished.lines[2]["value"], 11);
}

TEST(ProtocolMain, TakesTheFirstQuickPointWhereNothingIsGiven) {
  EXPECT_EQ(probe({"run", "parameters"}).lines.at(0)["value"], 5);
}

TEST(ProtocolMain, RefusesBadUsageWithStatusTwoAndNoLine) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"run"},
      {"walk", "parameters"},
      {"run", "nonesuch"},
      {"run", "parameters", "--param"},
      {"run", "parameters", "--param", "depth=1"},
      {"run", "parameters", "--param", "tasks=many"},
      {"run", "parameters", "--workers", "two"},
      {"run", "parameters", "--fast", "1"},
      {"run", "parameters", "stray"},
  };
  for (const auto& arguments : wrong) {
    const Finished finished = probe(arguments);
    EXPECT_EQ(finished.exit_status, 2);
    EXPECT_TRUE(finished.lines.empty());
  }
}

struct Ending {
  const char* workload;
  int exit_status;
  const char* check;
  const char* detail;
};

std::ostream& operator<<(std::ostream& out, const Ending& ending) { return out << ending.workload; }

std::string name_of(const testing::TestParamInfo<Ending>& info) { return info.param.workload; }

class ProtocolEnding : public testing::TestWithParam<Ending> {};

TEST_P(ProtocolEnding, HasItsStatusAndItsLastLine) {
  const Finished finished = probe({"run", GetParam().workload});
  EXPECT_EQ(finished.exit_status, GetParam().exit_status);
  ASSERT_EQ(finished.lines.size(), 1u);
  EXPECT_EQ(finished.last()["check"], GetParam().check);
  EXPECT_NE(finished.last()["detail"].get<std::string>().find(GetParam().detail), std::string::npos)
      << finished.last();
}

INSTANTIATE_TEST_SUITE_P(All, ProtocolEnding,
                         testing::Values(Ending{"failed", 3, "failed", "the sum is 1, expected 2"},
                                         Ending{"unsupported", 4, "unsupported", "no such thing"},
                                         Ending{"capped", 5, "capped", "at 7"},
                                         Ending{"out_of_memory", 5, "capped", "memory"},
                                         Ending{"throws", 3, "failed", "went wrong"},
                                         Ending{"no_check", 3, "failed", "without checking"},
                                         Ending{"nan", 3, "failed", "no measurement"}),
                         name_of);

TEST(ProtocolMain, LeavesACrashToBeSeenAsACrash) {
  const Finished finished = probe({"run", "aborts"});
  EXPECT_TRUE(finished.lines.empty());
  // The shell between us reports a signal as 128 + its number.
  EXPECT_TRUE(finished.exit_status == -1 || finished.exit_status == 128 + 6);
}

}  // namespace
}  // namespace twofold::compare
