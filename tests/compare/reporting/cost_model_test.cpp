// The cost model finds the coefficients that figures were made from, and tells where it does not.
#include "reporting/cost_model.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <map>

#include "reporting/advice.hpp"
#include "sample_results.hpp"

namespace twofold::compare {
namespace {

using Cost = std::function<double(double tasks, double depth, double live, double io)>;

// Results with the figures that the two cost functions give, by variant.
Results made_from(const std::map<std::string, std::pair<Cost, Cost>>& variants) {
  Results results;
  WorkloadNote workload{.name = kModelWorkload, .metric = "ns_per_op", .axis = "depth"};
  for (const auto& [tasks, depth, live, io] :
       std::vector<std::array<std::int64_t, 4>>{{1000, 1, 64, 0},
                                                {1000, 4, 64, 0},
                                                {1000, 16, 64, 0},
                                                {1000, 64, 64, 0},
                                                {10, 1, 64, 0},
                                                {10, 16, 64, 0},
                                                {20000, 4, 64, 0},
                                                {20000, 16, 1024, 0},
                                                {1000, 1, 8192, 0},
                                                {1000, 4, 1024, 0},
                                                {400, 4, 64, 100},
                                                {400, 16, 64, 50}}) {
    workload.points.push_back(
        {{"depth", depth}, {"tasks", tasks}, {"live_bytes", live}, {"io_percent", io}});
  }
  results.workloads = {workload};
  results.reference = "stackless";
  for (const auto& [name, costs] : variants) {
    results.variants.push_back({.name = name, .kind = "runtime", .compiler = "gcc"});
    for (std::size_t i = 0; i < workload.points.size(); ++i) {
      const auto& point = workload.points[i];
      const auto at = [&](std::size_t k) { return static_cast<double>(point[k].second); };
      const auto value = [&](const Cost& cost) { return cost(at(1), at(0), at(2), at(3) / 100); };
      Sample time = sample(workload, i, name, 0, value(costs.first));
      Sample memory = sample(workload, i, name, 0, value(costs.second));
      memory.metric = "bytes_per_task";
      results.samples.push_back(time);
      results.samples.push_back(memory);
    }
  }
  summarize(results);
  return results;
}

double stackless_time(double tasks, double depth, double live, double io) {
  return 20 + 2 * std::log2(tasks) + 10 * depth + 3 * live / 1024 + 500 * io;
}
double stackful_time(double tasks, double depth, double, double io) {
  return 60 + 4 * std::log2(tasks) + 2 * depth + 500 * io;
}
double stackless_memory(double, double depth, double live, double) {
  return 100 + 64 * depth + live;
}
double stackful_memory(double, double depth, double live, double) {
  return 1500 + 40 * depth + live;
}

Results both() {
  return made_from({{"stackless", {stackless_time, stackless_memory}},
                    {"stackful", {stackful_time, stackful_memory}}});
}

TEST(CostModel, FindsTheCoefficientsThatFiguresWereMadeFrom) {
  const auto model = CostModel::fit(both(), "stackless");
  ASSERT_TRUE(model);
  EXPECT_LT(model->time().worst_error, 0.01);
  const Work work{.tasks = 5'000, .depth = 12, .live_bytes = 2'048, .io_share = 0.25};
  EXPECT_NEAR(model->ns_per_request(work) / stackless_time(5'000, 12, 2'048, 0.25), 1, 0.01);
  EXPECT_NEAR(model->bytes_per_task(work) / stackless_memory(5'000, 12, 2'048, 0), 1, 0.01);
}

TEST(CostModel, TellsThatAFormulaDoesNotFit) {
  const auto wild = [](double tasks, double depth, double, double) {
    return std::fmod(tasks * 7919 + depth * 104729, 97) + 1;
  };
  const auto model =
      CostModel::fit(made_from({{"stackless", {wild, stackless_memory}}}), "stackless");
  ASSERT_TRUE(model);
  EXPECT_GT(model->time().worst_error, 0.5);
}

TEST(CostModel, FindsWhereTheCheaperOneChanges) {
  const Results results = both();
  const auto stackless = CostModel::fit(results, "stackless");
  const auto stackful = CostModel::fit(results, "stackful");
  const Work work{.tasks = 1'024, .depth = 1, .live_bytes = 64, .io_share = 0};
  const auto crossing = find_crossover(*stackless, *stackful, work, "depth", 1, 64, false);
  ASSERT_TRUE(crossing);
  // 20 + 20 + 10 d + 0.2 = 60 + 40 + 2 d
  EXPECT_NEAR(crossing->at, 7.5, 0.1);
  EXPECT_EQ(crossing->cheaper_below, "stackless");
  EXPECT_EQ(crossing->cheaper_above, "stackful");
  EXPECT_FALSE(find_crossover(*stackless, *stackful, work, "live_bytes", 64, 1'024, true));
}

TEST(CostModel, IsNotMadeFromTooFewPoints) {
  EXPECT_FALSE(CostModel::fit(sample_results(), "stackless"));
}

TEST(Advice, ShowsItsArithmeticAndNamesTheCheaper) {
  const Results results = both();
  const Question question{.work = {.tasks = 100'000, .depth = 12, .live_bytes = 2'048},
                          .requests_per_second = 5'000,
                          .has_rate = true};
  const std::string text =
      advice(question, *CostModel::fit(results, "stackless"), *CostModel::fit(results, "stackful"));
  EXPECT_NE(text.find("CPU:    stackful costs"), std::string::npos) << text;
  EXPECT_NE(text.find("Memory: stackless costs"), std::string::npos) << text;
  EXPECT_NE(text.find("x 5,000 waits a second"), std::string::npos) << text;
  EXPECT_NE(text.find("x 100,000 tasks"), std::string::npos) << text;
}

TEST(Advice, ClaimsNothingWithinTheErrorOfTheModel) {
  EXPECT_NE(cheaper_text("a", 100, 0.1, "b", 105, 0.1).find("no difference"), std::string::npos);
  EXPECT_EQ(cheaper_text("a", 100, 0.01, "b", 300, 0.01), "a costs 3.0 times less");
}

}  // namespace
}  // namespace twofold::compare
