#include "protocol/workload_catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>

namespace twofold::compare {
namespace {

std::set<std::string> names(const Point& point) {
  std::set<std::string> result;
  for (const auto& [name, value] : point) {
    result.insert(name);
  }
  return result;
}

TEST(WorkloadCatalogue, HasEachWorkloadOnce) {
  std::set<std::string> found;
  for (const WorkloadInfo& info : workload_catalogue()) {
    EXPECT_TRUE(found.insert(info.name).second) << info.name;
  }
  for (const char* name : {"yield",
                           "spawn_join",
                           "ping_pong",
                           "ring",
                           "skynet",
                           "fib",
                           "nqueens",
                           "channel_pipeline",
                           "fan_out_fan_in",
                           "select_race",
                           "cancel",
                           "exceptions",
                           "interleaved_lookup",
                           "callback_suspend",
                           "tree_walk",
                           "live_state",
                           "deep_await",
                           "stack_growth",
                           "hot_split",
                           "sleepers",
                           "owning_sleepers",
                           "spawn_many",
                           "yield_many",
                           "oneshot_ping_pong",
                           "chained_spawn",
                           "http_plaintext",
                           "resp_server",
                           "tcp_proxy",
                           "open_loop_latency",
                           "idle_connections",
                           "echo",
                           "read_to_end"}) {
    EXPECT_EQ(found.count(name), 1u) << name;
    EXPECT_EQ(workload_info(name).name, name);
  }
  EXPECT_THROW((void)workload_info("nonesuch"), std::out_of_range);
}

TEST(WorkloadCatalogue, GivesAllPointsOfAWorkloadTheSameParameters) {
  for (const WorkloadInfo& info : workload_catalogue()) {
    ASSERT_FALSE(info.smoke.empty() || info.quick.empty() || info.full.empty()) << info.name;
    const auto expected = names(info.quick.front());
    for (const auto* points : {&info.smoke, &info.quick, &info.full}) {
      for (const Point& point : *points) {
        EXPECT_EQ(names(point), expected) << info.name;
      }
    }
    if (!info.axis.empty()) {
      EXPECT_EQ(expected.count(info.axis), 1u) << info.name;
    }
  }
}

TEST(WorkloadCatalogue, ContainsTheQuickPointsInTheFullOnes) {
  for (const WorkloadInfo& info : workload_catalogue()) {
    for (const Point& point : info.quick) {
      EXPECT_NE(std::find(info.full.begin(), info.full.end(), point), info.full.end()) << info.name;
    }
  }
}

}  // namespace
}  // namespace twofold::compare
