#include "driver/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <thread>

namespace twofold::compare {
namespace {

using Kind = ProcessEnd::Kind;

ProcessEnd run_shell(const std::string& script, double timeout_s = 20) {
  return run_process({{"/bin/sh", "-c", script}, timeout_s, -1}, [] { return false; });
}

// True once the process is gone, given a moment for whoever inherits it to reap it.
bool ends_soon(pid_t pid) {
  for (int i = 0; i < 100; ++i) {
    if (::kill(pid, 0) != 0) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

TEST(ChildProcess, KeepsOutputAndExitStatusApartFromStandardError) {
  const ProcessEnd end = run_shell("echo said; echo cried >&2; exit 7");
  EXPECT_EQ(end.kind, Kind::kExited);
  EXPECT_EQ(end.exit_status, 7);
  EXPECT_EQ(end.standard_output, "said\n");
  EXPECT_EQ(end.description, "exit status 7; standard error: cried");
}

TEST(ChildProcess, NamesTheSignalThatKilledIt) {
  const ProcessEnd end = run_shell("kill -ABRT $$");
  EXPECT_EQ(end.kind, Kind::kSignalled);
  EXPECT_NE(end.description.find("Aborted"), std::string::npos) << end.description;
}

TEST(ChildProcess, AProgramThatCannotBeExecutedSaysSo) {
  const ProcessEnd end = run_process({{"/no/such/program"}, 20, -1}, [] { return false; });
  EXPECT_EQ(end.exit_status, 127);
  EXPECT_NE(end.description.find("cannot be executed"), std::string::npos) << end.description;
}

TEST(ChildProcess, ATimeLimitEndsTheWholeGroup) {
  const ProcessEnd end = run_shell("sleep 300 & echo $!; wait", 0.5);
  EXPECT_EQ(end.kind, Kind::kTimedOut);
  EXPECT_TRUE(ends_soon(std::stoi(end.standard_output)));
}

TEST(ChildProcess, WhatAProcessLeavesBehindDiesWithIt) {
  const ProcessEnd end = run_shell("sleep 300 >/dev/null 2>&1 & echo $!");
  EXPECT_EQ(end.kind, Kind::kExited);
  EXPECT_TRUE(ends_soon(std::stoi(end.standard_output)));
}

TEST(ChildProcess, CancellingEndsItSoon) {
  const auto start = std::chrono::steady_clock::now();
  const ProcessEnd end = run_process({{"/bin/sleep", "300"}, 300, -1}, [] { return true; });
  EXPECT_EQ(end.kind, Kind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(ChildProcess, AFloodOfOutputIsCutOffAndNotWaitedFor) {
  const ProcessEnd end = run_shell("head -c 5000000 /dev/zero");
  EXPECT_EQ(end.kind, Kind::kExited);
  EXPECT_LE(end.standard_output.size(), std::size_t{1} << 20U);
}

TEST(ChildProcess, ForeignWordsComeOutAsPlainAscii) {
  EXPECT_EQ(as_ascii("a\x1b[31m\xff\nb\n"), "a?[31m? b");
}

}  // namespace
}  // namespace twofold::compare
