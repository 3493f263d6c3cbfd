// What the model checks have in common: exploring without failure, and finding a planted bug.
//
// TWOFOLD_SCHEDULE='0*12 1*3 0' in the environment replays that schedule instead, step by step:
//
//     TWOFOLD_SCHEDULE='...' ./test-model --gtest_filter=Parker.IsNeverLeftAsleep
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "checker/checker.hpp"
#include "twofold/executor/executor.hpp"

namespace twofold::detail {
void forget_kernel() noexcept;
}

namespace twofold::model {

inline Scenario prepared(Scenario scenario) {
  set_thread_slot(reinterpret_cast<void**>(&detail::current_executor()));
  return [scenario = std::move(scenario)] {
    detail::forget_kernel();
    scenario();
  };
}

/// Whether a schedule was given to be replayed; it is, with its trace.
inline bool replayed(const Options& options, const Scenario& scenario) {
  const char* const schedule = std::getenv("TWOFOLD_SCHEDULE");
  if (schedule == nullptr) return false;
  if (const auto failure = replay(options, schedule, prepared(scenario), &std::cout)) {
    ADD_FAILURE() << failure->what;
  }
  return true;
}

/// No schedule up to the bound fails.
inline void expect_none_fails(const Options& options, const Scenario& scenario) {
  if (replayed(options, scenario)) return;
  const Report report = explore(options, prepared(scenario));
  std::cout << "  " << report.executions << " executions of at most " << report.most_steps
            << " steps, up to " << options.preemptions << " preemptions\n";
  EXPECT_FALSE(report.failure) << report.failure->what << "\n  after "
                               << report.failure->preemptions << " preemptions; replay it with"
                               << "\n  TWOFOLD_SCHEDULE='" << report.failure->schedule << "'";
  EXPECT_GT(report.executions, 1U);
}

/// The planted bug is found, and its schedule finds it again.
inline void expect_found(const Options& options, const Scenario& scenario) {
  if (replayed(options, scenario)) return;
  const Report report = explore(options, prepared(scenario));
  ASSERT_TRUE(report.failure) << "not found in " << report.executions << " executions";
  std::cout << "  found in execution " << report.executions << ", with "
            << report.failure->preemptions << " preemptions: " << report.failure->what
            << "\n  schedule: " << report.failure->schedule << '\n';
  const auto again = replay(options, report.failure->schedule, prepared(scenario), nullptr);
  ASSERT_TRUE(again) << "the schedule does not fail again";
  EXPECT_EQ(again->what, report.failure->what);
  EXPECT_EQ(again->schedule, report.failure->schedule);
}

}  // namespace twofold::model
