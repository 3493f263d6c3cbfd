// Ctrl-C ends the running sample and leaves a report of what was finished.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "driven_run.hpp"

namespace twofold::compare {
namespace {

// Each sample of a sleeping program leaves a line when it begins.
std::size_t samples_begun(const DrivenRun& run) {
  const std::string pids = DrivenRun::text_of(run.file("pids"));
  return static_cast<std::size_t>(std::count(pids.begin(), pids.end(), '\n'));
}

TEST(Interrupt, LeavesAReportOfWhatWasFinishedAndExitStatus130) {
  const DrivenRun run({{"stackless", "sleeping"}, {"stackful", "sleeping"}});
  const pid_t driver = run.start({"--repeat", "1000", "--only", "alpha"});
  // Some samples are finished then, and far from all.
  while (samples_begun(run) < 5) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_EQ(::kill(driver, SIGINT), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(driver, &status, 0), driver);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  const Results results = run.results();
  EXPECT_TRUE(results.interrupted);
  EXPECT_FALSE(results.samples.empty());
  // The sample that was cut off is no failure of its program, and is not there.
  for (const Sample& sample : results.samples) {
    EXPECT_EQ(sample.status, "ok") << sample.detail;
  }
  EXPECT_FALSE(DrivenRun::text_of(run.output("report.html")).empty());
}

}  // namespace
}  // namespace twofold::compare
