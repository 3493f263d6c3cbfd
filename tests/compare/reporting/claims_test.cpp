// A claim's verdict follows from its interval alone, and what cannot be judged says why.
#include "reporting/claims.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "reporting/ledger.hpp"
#include "sample_results.hpp"

namespace twofold::compare {
namespace {

// The part, judged with the sample results: yield at tasks=1 is 20 ns stackless, 10 ns stackful.
Json judged(Json part, Results results = sample_results()) {
  part["what"] = "a figure";
  results.claims = Json::array({{{"id", 1}, {"claim", "x"}, {"parts", Json::array({part})}}});
  evaluate_claims(results);
  return results.claims[0]["parts"][0];
}

std::string verdict(const Json& part) { return judged(part)["verdict"]; }

const std::string kStackful = "stackful yield(tasks=1).ns_per_op";
const std::string kStackless = "stackless yield(tasks=1).ns_per_op";

TEST(Claims, AreSupportedWhenTheWholeIntervalIsOnTheirSide) {
  EXPECT_EQ(verdict({{"figure", kStackful}, {"at_most", 11}}), "supported");
  EXPECT_EQ(verdict({{"figure", kStackless}, {"over", kStackful}, {"at_least", 1.8}}), "supported");
}

TEST(Claims, AreRefutedWhenTheWholeIntervalIsOnTheOther) {
  EXPECT_EQ(verdict({{"figure", kStackful}, {"at_least", 11}}), "refuted");
  EXPECT_EQ(verdict({{"figure", kStackless}, {"over", kStackful}, {"at_least", 3}}), "refuted");
}

TEST(Claims, AreNoiseLimitedWhenTheIntervalHoldsTheThreshold) {
  EXPECT_EQ(verdict({{"figure", kStackful}, {"at_most", 10.2}}), "noise-limited");
}

TEST(Claims, OfADifferenceThatIsNoneSaySo) {
  const std::string control = "stackless yield(tasks=1).ns_per_op";
  EXPECT_EQ(verdict({{"figure", control}, {"over", control}, {"at_least", 1.2}}), "no difference");
  // That one is the larger is not shown by an interval around 1.
  EXPECT_EQ(verdict({{"figure", control}, {"over", control}, {"at_least", 1}}), "no difference");
  EXPECT_EQ(verdict({{"figure", control}, {"over", control}, {"at_most", 1.1}}), "supported");
}

TEST(Claims, NeedFourSamplesUnlessTheFigureIsACount) {
  Results few = sample_results();
  std::erase_if(few.samples, [](const Sample& sample) { return sample.round > 0; });
  summarize(few);
  EXPECT_EQ(judged({{"figure", kStackful}, {"at_most", 100}}, few)["verdict"], "noise-limited");
  few.workloads[0].exact = true;
  EXPECT_EQ(judged({{"figure", kStackful}, {"at_most", 100}}, few)["verdict"], "supported");
}

TEST(Claims, AboutWhatWasNotRunNameTheCommand) {
  Results results = sample_results();
  results.claims = Json::array(
      {{{"id", 9},
        {"claim", "x"},
        {"parts", Json::array({{{"what", "w"}, {"figure", "go echo.p99_us"}, {"at_most", 1}}})}}});
  evaluate_claims(results);
  EXPECT_EQ(results.claims[0]["verdict"], "not in this run");
  EXPECT_EQ(results.claims[0]["command"],
            "./compare/run --quick --peers --only echo --variants 'go'");
}

TEST(Claims, AboutWhatFailedFail) {
  Results results = sample_results();
  Sample failed = sample(results.workloads[0], 0, "stackful", 0, 0);
  failed.value.reset();
  failed.status = "failed";
  failed.detail = "wrong sum";
  results.samples.push_back(failed);
  summarize(results);
  const Json part = judged({{"figure", kStackful}, {"at_most", 100}}, results);
  EXPECT_EQ(part["verdict"], "failed");
  EXPECT_NE(part["detail"].get<std::string>().find("wrong sum"), std::string::npos);
}

TEST(Claims, OfSeveralPartsThatDifferAreSupportedInPart) {
  Results results = sample_results();
  results.claims = Json::array(
      {{{"id", 1},
        {"claim", "x"},
        {"parts", Json::array({{{"what", "a"}, {"figure", kStackful}, {"at_most", 100}},
                               {{"what", "b"}, {"figure", kStackful}, {"at_most", 1}}})}}});
  evaluate_claims(results);
  EXPECT_EQ(results.claims[0]["verdict"], "supported in part");
  EXPECT_EQ(claims_sentence(results), "1 claims: 1 supported in part");
}

TEST(Claims, ThatFitSeveralPointsNeedToSayThatTheWorstIsMeant) {
  EXPECT_EQ(verdict({{"figure", "stackful yield.ns_per_op"}, {"at_least", 35}}), "failed");
  EXPECT_EQ(
      verdict({{"figure", "stackful yield.ns_per_op"}, {"points", "worst"}, {"at_least", 35}}),
      "supported");
}

TEST(Claims, ThatSomethingRunsOrCannotAreJudgedByTheAttempt) {
  EXPECT_EQ(verdict({{"runs", "stackful yield(tasks=1)"}}), "supported");
  EXPECT_EQ(verdict({{"cannot", "stackful yield(tasks=1)"}}), "refuted");
}

// --- the ledger's form ---------------------------------------------------------------------------

std::string complaint_about(const std::string& text) {
  std::string file = (std::filesystem::temp_directory_path() / "ledger-XXXXXX").string();
  ::close(::mkstemp(file.data()));
  std::ofstream(file) << text;
  std::string complaint;
  try {
    (void)read_ledger(file);
  } catch (const ResultsError& error) {
    complaint = error.what();
  }
  std::filesystem::remove(file);
  return complaint;
}

TEST(Ledger, NamesTheClaimAndThePartThatIsWrong) {
  const std::string complaint =
      complaint_about(R"([{"id": 7, "claim": "x", "parts": [{"what": "w", "figure": "a b.c"}]}])");
  EXPECT_NE(complaint.find("claim 7, part 1"), std::string::npos) << complaint;
  EXPECT_NE(complaint.find("at_least or at_most"), std::string::npos) << complaint;
}

TEST(Ledger, RefusesTwoClaimsWithOneNumber) {
  const std::string one = R"({"id": 7, "claim": "x", "parts": [{"what": "w", "runs": "a b"}]})";
  EXPECT_NE(complaint_about("[" + one + "," + one + "]").find("taken"), std::string::npos);
}

TEST(Ledger, RefusesWhatIsNoFigure) {
  EXPECT_NE(complaint_about(R"([{"id": 1, "claim": "x", "parts": [
              {"what": "w", "figure": "nothing", "at_most": 1}]}])"),
            "");
  EXPECT_NE(complaint_about("{"), "");
}

}  // namespace
}  // namespace twofold::compare
