// twofold-report: makes every form of the report again from a results.json alone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <string>

#include "reporting/claims.hpp"
#include "reporting/output_directory.hpp"
#include "reporting/reproduction.hpp"
#include "reporting/results.hpp"
#include "reporting/summary.hpp"

namespace {

constexpr int kExitUsage = 2;

int rebuild(const std::string& input, const std::string& baseline, std::string out) {
  using namespace twofold::compare;
  try {
    Results results = read_results(input);
    summarize(results);
    evaluate_claims(results);
    if (!baseline.empty()) {
      Results earlier = read_results(baseline);
      summarize(earlier);
      evaluate_claims(earlier);
      compare_with_baseline(results, earlier);
      compare_verdicts(results, earlier);
      fmt::print("{}\n", reproduction_sentence(results));
    }
    if (out.empty()) {
      const std::filesystem::path folder = std::filesystem::path(input).parent_path();
      out = folder.empty() ? "." : folder.string();
    }
    const OutputDirectory directory(out);
    directory.write(results);
    for (const std::string& name : OutputDirectory::file_names()) {
      fmt::print("{}\n", (directory.path() / name).string());
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "twofold-report: {}\n", error.what());
    return kExitUsage;
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Makes report.html and its siblings again from results.json", "twofold-report");
  std::string input;
  std::string baseline;
  std::string out;
  app.add_option("results", input, "a results.json of twofold-compare")->required();
  app.add_option("--baseline", baseline, "results.json of an earlier run to compare with");
  app.add_option("--out", out, "directory for the files; that of results.json when absent");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  return rebuild(input, baseline, out);
}
