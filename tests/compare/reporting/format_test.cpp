#include "reporting/format.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "reporting/svg.hpp"

namespace twofold::compare {
namespace {

TEST(Escape, LeavesNoMarkupInHtml) {
  EXPECT_EQ(escape_html("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(escape_html("a\033[2Jb"), "a [2Jb");
}

TEST(Escape, LeavesNoMarkupInMarkdown) {
  EXPECT_EQ(escape_markdown("a|b\n<b>*"), "a\\|b &lt;b>\\*");
}

TEST(Numbers, HaveThreeDigits) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(0.0123), "0.0123");
  EXPECT_EQ(short_number(1.234), "1.23");
  EXPECT_EQ(short_number(9.996), "10.0");
  EXPECT_EQ(short_number(12.34), "12.3");
  EXPECT_EQ(short_number(123.4), "123");
  EXPECT_EQ(short_number(1234.5), "1,235");
  EXPECT_EQ(short_number(std::nan("")), "-");
}

TEST(Numbers, AreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
}

TEST(Quantities, CarryAReadableUnit) {
  EXPECT_EQ(quantity("ns_per_op", 12.34), "12.3 ns");
  EXPECT_EQ(quantity("ns_per_op", 12340), "12.3 µs");
  EXPECT_EQ(quantity("cpu_s_per_mop", 3.5), "3.50 µs");
  EXPECT_EQ(quantity("p99_us", 1500), "1.50 ms");
  EXPECT_EQ(quantity("bytes_per_task", 1234), "1,234 B");
  EXPECT_EQ(quantity("ops_per_second", 250000), "250 k/s");
  EXPECT_EQ(quantity("of_my_own", 7), "7.00");
  EXPECT_EQ(quantity("ns_per_op", std::nan("")), "-");
}

TEST(Quantities, OfTicksAreRound) {
  EXPECT_EQ(tick_text("ns_per_op", 0), "0");
  EXPECT_EQ(tick_text("ns_per_op", 50), "50 ns");
  EXPECT_EQ(tick_text("ns_per_op", 2.5), "2.5 ns");
  EXPECT_EQ(tick_text("ns_per_op", 200), "200 ns");
  EXPECT_EQ(tick_text("allocs_per_op", 5), "5");
}

TEST(Ratios, FarBelowOneHaveTwoDigits) {
  EXPECT_EQ(ratio_text(0.0936), "0.094×");
  EXPECT_EQ(ratio_text(0.5), "0.50×");
}

TEST(Labels, LeaveOutWhatFollowsTheAxis) {
  const WorkloadNote workload{"deep",
                              "",
                              "ns_per_op",
                              "depth",
                              "",
                              {{{"depth", 1}, {"repeats", 100}, {"suspend", 0}},
                               {{"depth", 10}, {"repeats", 10}, {"suspend", 0}},
                               {{"depth", 1}, {"repeats", 100}, {"suspend", 1}},
                               {{"depth", 10}, {"repeats", 10}, {"suspend", 1}}}};
  const PointLabels labels(workload, false);
  const PointKey point{"deep", workload.points[1], 1};
  EXPECT_EQ(labels.label(point), "depth 10, suspend 0");
  EXPECT_EQ(labels.series(point), "suspend 0");
  EXPECT_EQ(labels.axis_label(point), "depth 10");
  EXPECT_EQ(labels.rest(point), "repeats 10");
}

TEST(Labels, NameASinglePointByWhatItIs) {
  const WorkloadNote workload{"one", "", "ns_per_op", "", "", {{{"trips", 5000}}}};
  EXPECT_EQ(PointLabels(workload, false).label({"one", workload.points[0], 1}), "trips 5,000");
}

TEST(Labels, NameTheWorkersWhereTheyVary) {
  const WorkloadNote workload{"one", "", "ns_per_op", "trips", "", {{{"trips", 5}}}};
  EXPECT_EQ(PointLabels(workload, true).label({"one", workload.points[0], 2}),
            "trips 5, 2 workers");
}

TEST(Axis, TicksAreRoundAndWithinTheEnds) {
  const Axis linear(Axis::Scale::kLinear, 0, 50, 0, 100);
  EXPECT_EQ(linear.ticks(), (std::vector<double>{0, 10, 20, 30, 40, 50}));
  const Axis decades(Axis::Scale::kLogarithmic, 1, 1e4, 0, 100);
  EXPECT_EQ(decades.ticks().size(), 5u);
  EXPECT_DOUBLE_EQ(decades.at(100), 50);
  EXPECT_DOUBLE_EQ(decades.at(1e9), 100);
}

TEST(Axis, RoundsUpToRoundNumbers) {
  EXPECT_DOUBLE_EQ(round_up(0.7), 1);
  EXPECT_DOUBLE_EQ(round_up(11), 20);
  EXPECT_DOUBLE_EQ(round_up(230), 250);
  EXPECT_DOUBLE_EQ(round_up(251), 500);
  EXPECT_DOUBLE_EQ(round_up(-1), 1);
}

}  // namespace
}  // namespace twofold::compare
