#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "reporting/data_files.hpp"
#include "reporting/findings.hpp"
#include "reporting/format.hpp"
#include "reporting/html_report.hpp"
#include "reporting/markdown_report.hpp"
#include "reporting/output_directory.hpp"
#include "reporting/terminal_table.hpp"
#include "sample_results.hpp"

namespace twofold::compare {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A directory of its own that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "twofold-report-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(Summary, GivesMediansRatiosAndVerdicts) {
  const Results results = sample_results();
  const PointKey first{"yield", results.workloads[0].points[0], 1};
  const SummaryRow* row = find_summary(results, first, "stackful", "ns_per_op");
  ASSERT_NE(row, nullptr);
  EXPECT_DOUBLE_EQ(row->median.value, 10.2);
  EXPECT_EQ(row->n, 5u);
  const RatioRow* ratio = find_ratio(results, first, "stackful", "ns_per_op");
  ASSERT_NE(ratio, nullptr);
  EXPECT_NEAR(ratio->ratio.value, 10.2 / 20.2, 1e-12);
  EXPECT_EQ(ratio->verdict, Verdict::kFaster);
}

TEST(Summary, ClaimsNothingForTheControl) {
  const ControlFinding control = judge_control(sample_results());
  EXPECT_EQ(control.comparisons, 2);
  EXPECT_EQ(control.claims, 0);
}

TEST(Summary, HasNoFigureForAVariantThatFailedOnce) {
  Results results = sample_results();
  results.samples.back().status = "crash";
  results.samples.back().value.reset();
  summarize(results);
  const PointKey second{"yield", results.workloads[0].points[1], 1};
  EXPECT_EQ(find_summary(results, second, "stackful", "ns_per_op"), nullptr);
  EXPECT_TRUE(has_failures(results));
}

TEST(Summary, WithholdsAPointWhoseAnswersDiffer) {
  Results results = sample_results();
  results.samples.back().checksum = "another";
  summarize(results);
  const PointKey second{"yield", results.workloads[0].points[1], 1};
  EXPECT_EQ(find_summary(results, second, "stackless", "ns_per_op"), nullptr);
  EXPECT_EQ(find_summary(results, second, "stackful", "ns_per_op"), nullptr);
  ASSERT_EQ(find_troubles(results).size(), 1u);
  EXPECT_EQ(find_troubles(results)[0].status, "answers differ");
  EXPECT_TRUE(has_failures(results));
}

TEST(Summary, TakesALimitForNoFailure) {
  Results results = sample_results();
  results.samples.back().status = "capped";
  summarize(results);
  EXPECT_FALSE(has_failures(results));
  EXPECT_EQ(find_troubles(results).size(), 1u);
}

TEST(Summary, LeavesOutSamplesThatWereRepeated) {
  Results results = sample_results();
  Sample disturbed = results.samples.front();
  disturbed.value = 1e9;
  disturbed.used = false;
  results.samples.push_back(disturbed);
  summarize(results);
  const PointKey first{"yield", results.workloads[0].points[0], 1};
  EXPECT_EQ(find_summary(results, first, "stackless", "ns_per_op")->n, 5u);
}

TEST(Summary, ComparesWithTheReferenceOfTheSameCompiler) {
  Results results = sample_results();
  for (const char* name : {"stackless@clang", "stackful@clang"}) {
    results.variants.push_back({.name = name, .kind = "runtime", .compiler = "clang"});
    for (int round = 0; round < 5; ++round) {
      results.samples.push_back(sample(results.workloads[0], 0, name, round, 7 + 0.1 * round));
    }
  }
  summarize(results);
  const PointKey first{"yield", results.workloads[0].points[0], 1};
  EXPECT_EQ(find_ratio(results, first, "stackful@clang", "ns_per_op")->reference,
            "stackless@clang");
  EXPECT_EQ(find_ratio(results, first, "stackless@clang", "ns_per_op")->reference, "stackless");
  ASSERT_EQ(pairings(results).size(), 2u);
  EXPECT_EQ(pairings(results)[1].contender, "stackful@clang");
}

TEST(Summary, OrdersPointsAlongTheAxisCurveByCurve) {
  Results results = sample_results();
  const auto point = [](std::int64_t width, std::int64_t bytes) {
    return Parameters{{"width", width}, {"bytes", bytes}};
  };
  results.workloads = {{.name = "wide",
                        .metric = "ns_per_op",
                        .axis = "width",
                        .points = {point(10, 64), point(1'000, 64), point(10, 8), point(100, 64)}}};
  results.samples = {sample(results.workloads[0], 0, "stackless", 0, 1)};
  std::vector<Parameters> order;
  for (const PointKey& key : points_of(results, results.workloads[0])) {
    order.push_back(key.params);
  }
  EXPECT_EQ(order, (std::vector<Parameters>{point(10, 64), point(100, 64), point(1'000, 64),
                                            point(10, 8)}));
}

TEST(Baseline, ListsWhatGotSlower) {
  const Results earlier = sample_results();
  Results now = sample_results();
  for (Sample& made : now.samples) {
    if (made.variant == "stackful") {
      made.value = *made.value * 2;
    }
  }
  summarize(now);
  compare_with_baseline(now, earlier);
  ASSERT_EQ(regressions(now).size(), 2u);
  EXPECT_EQ(regressions(now)[0]->variant, "stackful");
  EXPECT_TRUE(contains(html_report(now), "Against an earlier run"));
}

TEST(Findings, SayThatItDependsWhereEachWinsSomewhere) {
  const Results results = sample_results();
  const WorkloadFinding finding = judge_all(results, pairings(results)[0])[0];
  EXPECT_EQ(finding.outcome, Outcome::kDepends);
  EXPECT_EQ(
      finding.sentence,
      "it depends: stackless is faster at tasks 1,000, by 1.99×; stackful is faster at tasks 1, "
      "by 1.98×");
}

TEST(Findings, TurnThroughputIntoCost) {
  const RatioRow row{{}, "v", "ops_per_second", "r", {2, 1.6, 2.5}, 0, 0, Verdict::kFaster};
  EXPECT_DOUBLE_EQ(cost_ratio(row).value, 0.5);
  EXPECT_DOUBLE_EQ(cost_ratio(row).low, 0.4);
}

TEST(Json, GivesTheSameResultsBack) {
  Results results = sample_results();
  results.claims.push_back({{"id", 1},
                            {"claim", "x"},
                            {"verdict", "supported"},
                            {"metric", "ns_per_op"},
                            {"interval", Json::array({1.0, 2.0})},
                            {"command", "./compare/run"}});
  const std::string text = results_text(results);
  EXPECT_EQ(results_text(results_from_json(Json::parse(text))), text);
}

TEST(Json, WritesNullForWhatIsNoNumber) {
  Results results = sample_results();
  results.samples[0].value = std::numeric_limits<double>::quiet_NaN();
  results.samples[1].value = std::numeric_limits<double>::infinity();
  const Json json = Json::parse(results_text(results));
  EXPECT_TRUE(json["samples"][0]["value"].is_null());
  EXPECT_TRUE(json["samples"][1]["value"].is_null());
}

TEST(Json, SurvivesTextThatIsNotUtf8) {
  Results results = sample_results();
  results.samples[0].detail = "\xff\xfe";
  EXPECT_TRUE(Json::parse(results_text(results)).is_object());
}

TEST(ReadResults, NamesATruncatedFile) {
  const Folder folder;
  const fs::path path = folder.path() / "results.json";
  std::ofstream(path) << results_text(sample_results()).substr(0, 500);
  try {
    (void)read_results(path.string());
    FAIL() << "a truncated file was accepted";
  } catch (const ResultsError& error) {
    EXPECT_TRUE(contains(error.what(), path.string())) << error.what();
  }
}

TEST(ReadResults, RefusesJsonOfAnotherKind) {
  const Folder folder;
  const fs::path path = folder.path() / "other.json";
  std::ofstream(path) << R"({"benchmarks": []})";
  EXPECT_THROW((void)read_results(path.string()), ResultsError);
  EXPECT_THROW((void)read_results((folder.path() / "absent.json").string()), ResultsError);
}

TEST(Report, IsTheSameWhenRebuiltFromItsJson) {
  const Folder first;
  const Folder second;
  const Results results = sample_results();
  OutputDirectory(first.path()).write(results);
  Results rebuilt = read_results((first.path() / "results.json").string());
  summarize(rebuilt);
  OutputDirectory(second.path()).write(rebuilt);
  for (const std::string& name : OutputDirectory::file_names()) {
    EXPECT_EQ(content(first.path() / name), content(second.path() / name)) << name;
    EXPECT_FALSE(content(first.path() / name).empty()) << name;
  }
}

TEST(Report, EscapesNamesThatAreMarkup) {
  Results results = sample_results();
  const std::string evil = "<script>alert('1')</script>";
  results.workloads[0].name = evil;
  results.workloads[0].summary = "a|b\n\033[2J";
  results.variants[2].name = evil;
  for (Sample& made : results.samples) {
    made.point.workload = evil;
    made.variant = made.variant == "stackful" ? evil : made.variant;
  }
  results.samples.back().status = "crash";
  results.samples.back().detail = "<img src=x>";
  summarize(results);
  for (const std::string& text : {html_report(results), markdown_report(results)}) {
    EXPECT_FALSE(contains(text, "<script>"))
        << text.substr(text.find("<script>") > 80 ? text.find("<script>") - 80 : 0, 200);
    EXPECT_FALSE(contains(text, "<img"));
    EXPECT_TRUE(contains(text, "&lt;script"));
  }
  EXPECT_FALSE(contains(terminal_table(results, false), "\033"));
}

TEST(Report, ShowsAFailureAndNeverItsFigure) {
  Results results = sample_results();
  for (Sample& made : results.samples) {
    if (made.variant == "stackful" && made.round == 4) {
      made.status = "failed";
      made.value.reset();
      made.detail = "the sum was 4, not 5";
    } else if (made.variant == "stackful") {
      made.value = 123456;
    }
  }
  summarize(results);
  for (const std::string& text :
       {html_report(results), markdown_report(results), terminal_table(results, false)}) {
    EXPECT_TRUE(contains(text, "failed"));
    EXPECT_TRUE(contains(text, "the sum was 4, not 5"));
    EXPECT_FALSE(contains(text, "123 µs"));
  }
}

TEST(Report, SaysWhenTheRunWasInterrupted) {
  Results results = sample_results();
  results.interrupted = true;
  for (const std::string& text :
       {html_report(results), markdown_report(results), terminal_table(results, false)}) {
    EXPECT_TRUE(contains(text, "interrupted"));
  }
}

TEST(Report, SaysWhyAVariantIsMissing) {
  Results results = sample_results();
  results.variants.push_back(
      {.name = "go", .kind = "peer", .available = false, .reason = "no Go compiler"});
  results.variants[0].cannot["echo"] = "has no sockets";
  for (const std::string& text : {html_report(results), markdown_report(results)}) {
    EXPECT_TRUE(contains(text, "no Go compiler"));
    EXPECT_TRUE(contains(text, "has no sockets"));
  }
}

TEST(Report, GivesEveryPlotATextAlternative) {
  const std::string html = html_report(sample_results());
  EXPECT_GE(count(html, "<svg"), 3u);
  EXPECT_EQ(count(html, "<svg"), count(html, "<svg role=\"img\""));
  EXPECT_EQ(count(html, "<svg"), count(html, "</title><desc>"));
}

TEST(Report, NeedsNothingFromTheNetwork) {
  const std::string html = html_report(sample_results());
  for (const char* part : {"http:", "https:", "<script", "<link", "@import", "url("}) {
    EXPECT_FALSE(contains(html, part)) << part;
  }
}

TEST(Report, StandsWithoutAnySample) {
  Results results = sample_results();
  results.samples.clear();
  summarize(results);
  EXPECT_TRUE(contains(html_report(results), "</html>"));
  EXPECT_FALSE(markdown_report(results).empty());
  EXPECT_FALSE(terminal_table(results, true).empty());
}

TEST(TerminalTable, FitsAHundredColumns) {
  std::istringstream lines(terminal_table(sample_results(), false));
  for (std::string line; std::getline(lines, line);) {
    std::size_t columns = 0;
    for (const char c : line) {
      columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
    }
    EXPECT_LE(columns, 100u) << line;
  }
}

TEST(TerminalTable, IsColouredOnlyWhenAskedFor) {
  EXPECT_FALSE(contains(terminal_table(sample_results(), false), "\033"));
  EXPECT_TRUE(contains(terminal_table(sample_results(), true), "\033"));
}

TEST(SamplesCsv, HoldsEverySample) {
  const Results results = sample_results();
  const std::string csv = samples_csv(results);
  EXPECT_EQ(count(csv, "\n"), results.samples.size() + 1);
  EXPECT_TRUE(contains(csv, "yield,stackful,tasks=1 yields=1000,1,ns_per_op,ns,10.4,4,0,5,ok,"));
}

TEST(SamplesCsv, QuotesWhatWouldBreakARow) {
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"no\"\n"), "\"say \"\"no\"\"\n\"");
  EXPECT_EQ(csv_field("plain"), "plain");
}

TEST(GoogleBenchmark, HasOneEntryForEachProcess) {
  const Json json = Json::parse(google_benchmark_json(sample_results()));
  ASSERT_EQ(json["benchmarks"].size(), 30u);
  EXPECT_EQ(json["benchmarks"][0]["name"], "yield/tasks:1/yields:1000/workers:1/stackless");
  EXPECT_EQ(json["benchmarks"][0]["time_unit"], "ns");
  EXPECT_TRUE(json["context"].contains("num_cpus"));
}

TEST(OutputDirectory, RefusesAPlaceThatCannotBeWritten) {
  const Folder folder;
  std::ofstream(folder.path() / "file") << "x";
  EXPECT_THROW(OutputDirectory(folder.path() / "file" / "below"), std::system_error);
}

}  // namespace
}  // namespace twofold::compare
