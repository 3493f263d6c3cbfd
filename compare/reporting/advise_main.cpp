// twofold-advise: which runtime costs less for given work, computed from a results.json.
//
// Started by compare/advise, which finds the newest results. Exit status: 0 answered, 2 bad usage
// or nothing to answer from.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>

#include "reporting/advice.hpp"
#include "reporting/summary.hpp"

namespace {

using namespace twofold::compare;

constexpr int kExitUsage = 2;

// The newest run under `folder` that measured what the model is fitted to; empty when there is
// none.
std::string newest_results(const std::filesystem::path& folder, const std::string& first,
                           const std::string& second) {
  std::vector<std::filesystem::path> runs;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (std::filesystem::exists(entry.path() / "results.json")) {
      runs.push_back(entry.path() / "results.json");
    }
  }
  std::sort(runs.rbegin(), runs.rend());  // named by their time
  for (const auto& run : runs) {
    try {
      Results results = read_results(run.string());
      summarize(results);
      if (CostModel::fit(results, first) && CostModel::fit(results, second)) {
        return run.string();
      }
    } catch (const ResultsError&) {
      continue;  // of an older form, or cut short
    }
  }
  return "";
}

int answer(const Question& question, std::string file, const std::string& folder,
           const std::string& first_name, const std::string& second_name) {
  if (file.empty()) {
    file = newest_results(folder, first_name, second_name);
  }
  if (file.empty()) {
    fmt::print(stderr,
               "advise: no results under {} have the workload {} for {} and {}; "
               "./compare/run measures it in a few minutes, or name a results.json by --results\n",
               folder, kModelWorkload, first_name, second_name);
    return kExitUsage;
  }
  Results results = read_results(file);
  summarize(results);
  const std::optional<CostModel> first = CostModel::fit(results, first_name);
  const std::optional<CostModel> second = CostModel::fit(results, second_name);
  if (!first || !second) {
    fmt::print(stderr, "advise: {} has too few points of {} for {}\n", file, kModelWorkload,
               first ? second_name : first_name);
    return kExitUsage;
  }
  fmt::print("{}\nFrom {} ({}, {}). The error is that of predicting a point that was left out.\n",
             advice(question, *first, *second), file, results.context.value("started", ""),
             results.context.value("machine", Json::object()).value("cpu", ""));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Which runtime costs less for your work, and by how much", "compare/advise");
  Question question;
  std::string file;
  std::string folder = "build/compare-results";
  std::string first = "stackless";
  std::string second = "stackful";
  double io_percent = 0;
  const CLI::Range is_positive(1.0, 1e9);
  app.add_option("--tasks", question.work.tasks, "tasks at a time")->required()->check(is_positive);
  app.add_option("--depth", question.work.depth, "async calls that a waiting task is in")
      ->required()
      ->check(is_positive);
  app.add_option("--live-bytes", question.work.live_bytes, "bytes that a waiting task holds")
      ->check(CLI::Range(0.0, 1e9));
  auto* rate = app.add_option("--awaits-per-second", question.requests_per_second,
                              "waits a second, by all tasks together")
                   ->check(CLI::Range(0.0, 1e12));
  app.add_option("--io-percent", io_percent, "of the waits, those that come with I/O")
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--results", file, "a results.json; the newest that fits when absent");
  app.add_option("--results-under", folder, "where runs are looked for");
  app.add_option("--first", first, "a variant");
  app.add_option("--second", second, "the variant to compare it with");
  try {
    app.parse(argc, argv);
    question.has_rate = rate->count() > 0;
    question.work.io_share = io_percent / 100;
    return answer(question, file, folder, first, second);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "advise: {}\n", error.what());
    return kExitUsage;
  }
}
