// Every baseline, every workload that it lists, at the size of a smoke test: the answer is right
// and is the same for all baselines.
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "run_program.hpp"

namespace twofold::compare {
namespace {

std::vector<std::string> baselines() {
  std::vector<std::string> programs;
  std::istringstream all(BASELINES);
  for (std::string program; std::getline(all, program, ':');) {
    programs.push_back(program);
  }
  return programs;
}

std::vector<std::string> sample_command(const std::string& program, const nlohmann::json& workload,
                                        const nlohmann::json& point) {
  std::vector<std::string> params;
  for (const auto& [name, value] : point.items()) {
    params.insert(params.end(), {"--param", name + "=" + std::to_string(value.get<int>())});
  }
  std::vector<std::string> command;
  if (const std::string load = workload["load"]; !load.empty()) {
    command = {TWOFOLD_LOAD, load, "--timeout", "30"};
    command.insert(command.end(), params.begin(), params.end());
    command.emplace_back("--");
  }
  command.insert(command.end(), {program, "run", workload["name"]});
  command.insert(command.end(), params.begin(), params.end());
  return command;
}

bool has_figure(const Finished& finished, const std::string& metric) {
  for (const auto& line : finished.lines) {
    if (line.value("metric", "") == metric) {
      return true;
    }
  }
  return false;
}

class Baseline : public testing::TestWithParam<std::string> {};

TEST_P(Baseline, GivesTheFiguresAndTheRightAnswerOfEveryWorkloadItLists) {
  const Finished list = run_program({GetParam(), "list"});
  ASSERT_EQ(list.exit_status, 0);
  for (const auto& workload : list.last()) {
    for (const auto& point : workload["smoke"]) {
      const Finished finished = run_program(sample_command(GetParam(), workload, point));
      EXPECT_EQ(finished.exit_status, 0) << workload["name"] << finished.last();
      EXPECT_EQ(finished.last()["check"], "ok") << workload["name"] << finished.last();
      EXPECT_TRUE(has_figure(finished, workload["metric"])) << workload["name"];
    }
  }
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(info.param.rfind('/') + 1);
  for (char& c : name) {
    c = c == '-' ? '_' : c;
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Baseline, testing::ValuesIn(baselines()), name_of);

TEST(Baselines, AgreeOnEveryChecksum) {
  std::map<std::string, std::string> checksums;
  for (const std::string& program : baselines()) {
    for (const auto& workload : run_program({program, "list"}).last()) {
      const auto& point = workload["smoke"][0];
      const auto last = run_program(sample_command(program, workload, point)).last();
      const std::string checksum = last.value("checksum", "none");
      const std::string name = workload["name"];
      EXPECT_EQ(checksums.emplace(name, checksum).first->second, checksum)
          << program << " " << name;
    }
  }
  EXPECT_FALSE(checksums.empty());
}

}  // namespace
}  // namespace twofold::compare
