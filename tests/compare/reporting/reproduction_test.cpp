#include "reporting/reproduction.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reporting/html_report.hpp"
#include "reporting/markdown_report.hpp"
#include "sample_results.hpp"

namespace twofold::compare {
namespace {

TEST(Reproduction, TellsVerdictsThatContradictFromThoseThatNoiseHides) {
  Results earlier = sample_results();
  earlier.claims = {{{"id", 7},
                     {"parts",
                      {{{"what", "time"}, {"verdict", "supported"}},
                       {{"what", "memory"}, {"verdict", "refuted"}},
                       {{"what", "peers"}, {"verdict", "not in this run"}}}}}};
  Results now = earlier;
  now.claims[0]["parts"][0]["verdict"] = "noise-limited";
  now.claims[0]["parts"][1]["verdict"] = "supported";
  now.claims[0]["parts"][2]["verdict"] = "supported";
  compare_verdicts(now, earlier);
  EXPECT_EQ(now.reproduction.compared, 4);  // two points and two parts
  EXPECT_EQ(reproduction_lines(now),
            (std::vector<std::string>{"claim 7, memory: then refuted, now supported",
                                      "claim 7, time: then supported, now noise-limited"}));
  const std::string sentence =
      "Of 4 verdicts that the earlier run gave too, 2 are the same, 1 are noise-limited in one of "
      "the two, and 1 contradict it.";
  EXPECT_EQ(reproduction_sentence(now), sentence);
  EXPECT_EQ(reproduction_sentence(results_from_json(to_json(now))), sentence);
  compare_with_baseline(now, earlier);
  for (const std::string& report : {html_report(now), markdown_report(now)}) {
    EXPECT_NE(report.find(sentence), std::string::npos);
    EXPECT_NE(report.find("claim 7, memory: then refuted, now supported"), std::string::npos);
  }
}

TEST(Reproduction, SaysNothingOfVerdictsWithoutAnEarlierRun) {
  const Results results = sample_results();
  EXPECT_EQ(reproduction_sentence(results), "");
  EXPECT_TRUE(reproduction_lines(results).empty());
}

}  // namespace
}  // namespace twofold::compare
