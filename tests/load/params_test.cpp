#include "protocol/params.hpp"

#include <gtest/gtest.h>

#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

TEST(Params, StartFromTheDefaultsAndTakeWhatIsAssigned) {
  Params params(Point{{"tasks", 10}, {"yields", 3}});
  params.assign("tasks=42");
  EXPECT_EQ(params.get("tasks"), 42);
  EXPECT_EQ(params.get("yields"), 3);
  EXPECT_TRUE(params.has("yields"));
  EXPECT_FALSE(params.has("depth"));
  EXPECT_EQ(params.workers(), 1u);
  EXPECT_EQ(params.seed(), 1u);
}

TEST(Params, RefuseWhatIsNoAssignmentToAKnownName) {
  Params params(Point{{"tasks", 10}});
  for (const char* wrong : {"tasks", "depth=1", "=1", "", "tasks=", "tasks=x", "tasks=1x",
                            "tasks=-1", "tasks= 1", "tasks=1.5", "tasks=9223372036854775808"}) {
    EXPECT_THROW(params.assign(wrong), UsageError) << wrong;
  }
  EXPECT_EQ(params.get("tasks"), 10);
}

TEST(Params, RefuseToGiveAnUnknownName) {
  const Params params(Point{{"tasks", 10}});
  EXPECT_THROW((void)params.get("depth"), UsageError);
}

}  // namespace
}  // namespace twofold::compare
