// What cannot be obeyed is said in a clear line with exit status 2, before anything is measured.
#include <gtest/gtest.h>

#include <fstream>

#include "driven_run.hpp"

namespace twofold::compare {
namespace {

class BadUsageOf : public ::testing::Test {
 protected:
  void expect_refused(const std::vector<std::string>& arguments, const std::string& words) {
    const Ended ended = run_.run(arguments);
    EXPECT_EQ(ended.exit_status, 2) << ended.standard_error;
    EXPECT_NE(ended.standard_error.find(words), std::string::npos) << ended.standard_error;
    EXPECT_FALSE(std::filesystem::exists(run_.output("results.json")));
  }
  DrivenRun run_{{{"stackless", "good"}, {"stackful", "good"}}};
};

TEST_F(BadUsageOf, UnknownOptions) { expect_refused({"--bogus"}, "--bogus"); }
TEST_F(BadUsageOf, TwoSizesOfRun) { expect_refused({"--smoke", "--full"}, "--"); }
TEST_F(BadUsageOf, NoRounds) { expect_refused({"--repeat", "0"}, "--repeat"); }
TEST_F(BadUsageOf, NoWorkers) { expect_refused({"--workers", "1,0"}, "--workers"); }
TEST_F(BadUsageOf, UnknownWorkloadsListsThoseThereAre) {
  expect_refused({"--only", "gamma"}, "no workload matches 'gamma'; there are: alpha, beta");
}
TEST_F(BadUsageOf, UnknownVariantsListsThoseThereAre) {
  expect_refused({"--variants", "go"}, "no variant matches 'go'; there are: stackless, stackful");
}
TEST_F(BadUsageOf, UnknownCompilers) { expect_refused({"--compilers", "icc"}, "there are: gcc"); }
TEST_F(BadUsageOf, AnUnwritableOutputDirectory) {
  // Not even root can make a directory below a file.
  expect_refused({"--out", run_.file("manifest.json").string() + "/below"}, "manifest.json/below");
}
TEST_F(BadUsageOf, AnUnwritableJsonFile) {
  expect_refused({"--json", run_.file("none/x.json").string()}, "none/x.json");
}
TEST_F(BadUsageOf, ABaselineThatIsTruncated) {
  std::ofstream(run_.file("old.json")) << "{\"format\": \"twofold-results-1\", \"samples\": [";
  expect_refused({"--baseline", run_.file("old.json").string()}, "old.json");
}
TEST_F(BadUsageOf, ABaselineThatIsSomethingElse) {
  std::ofstream(run_.file("old.json")) << "{\"hello\": 1}";
  expect_refused({"--baseline", run_.file("old.json").string()}, "old.json");
}
TEST_F(BadUsageOf, AMissingManifest) {
  const Ended ended = run_command({TWOFOLD_COMPARE, "--manifest", "/no/such"}, run_.file("."));
  EXPECT_EQ(ended.exit_status, 2);
}

}  // namespace
}  // namespace twofold::compare
