// twofold-compare: measures every variant at every point and writes the report.
//
// Started by `compare/run` once everything is built. Exit status: 0 done, 1 a workload failed its
// check, crashed, hung, or variants disagree, 2 bad usage, 130 interrupted (with a report of what
// was finished).
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "driver/machine_state.hpp"
#include "driver/manifest.hpp"
#include "driver/options.hpp"
#include "driver/runner.hpp"
#include "driver/selection.hpp"
#include "protocol/machine.hpp"
#include "reporting/claims.hpp"
#include "reporting/findings.hpp"
#include "reporting/ledger.hpp"
#include "reporting/output_directory.hpp"
#include "reporting/reproduction.hpp"
#include "reporting/summary.hpp"
#include "reporting/terminal_table.hpp"

namespace {

using namespace twofold::compare;

constexpr int kExitWorkloadFailed = 1;
constexpr int kExitBadUsage = 2;
constexpr int kExitInterrupted = 130;

volatile sig_atomic_t interrupted = 0;

void catch_interrupts() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

Json context_of(const Options& options, const Manifest& manifest) {
  Json context = {{"started", time_now()}, {"size", size_name(options.size)}};
  context["arguments"] = options.arguments;
  context["seed"] = options.seed;
  context["load_average_at_start"] = load_average();
  context["machine"] = describe_machine();
  context["build"] = manifest.build;
  return context;
}

Results results_for(const Options& options, const Manifest& manifest, const Selection& selection) {
  Results results;
  results.context = context_of(options, manifest);
  results.reference = selection.reference;
  results.seed = options.seed;
  for (const ListedWorkload& workload : selection.workloads) {
    results.workloads.push_back(workload.note);
  }
  for (const ListedWorkload& probe : selection.probes) {
    results.probes.push_back(probe.note);
  }
  results.variants = notes_with_control(selection);
  if (!manifest.claims_file.empty()) {
    results.claims = read_ledger(manifest.claims_file);
  }
  return results;
}

// Opened before the run, since a run's results must not be lost to a typing error.
void prove_writable(const std::string& target) {
  if (!target.empty() && target != "-" && !std::ofstream(target, std::ios::app)) {
    throw std::system_error(errno, std::generic_category(), "writing " + target);
  }
}

void write_json(const Results& results, const std::string& target) {
  const std::string text = results_text(results);
  if (target == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  } else if (!target.empty()) {
    std::ofstream file(target, std::ios::binary);
    if (!(file << text).flush()) {
      throw std::system_error(errno, std::generic_category(), "writing " + target);
    }
  }
}

void print_outcome(const Results& results, const OutputDirectory& out, bool stdout_is_json) {
  std::FILE* stream = stdout_is_json ? stderr : stdout;
  std::string text = terminal_table(results, ::isatty(::fileno(stream)) == 1) + "\n";
  for (const std::string& name : OutputDirectory::file_names()) {
    text += "  " + (out.path() / name).string() + "\n";
  }
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

int compare(const Options& options) {
  const Manifest manifest = read_manifest(options.manifest);
  const Selection selection = select(options, manifest);
  if (options.list) {
    std::fputs(list_text(selection).c_str(), stdout);
    return 0;
  }
  const std::optional<Results> earlier =
      options.baseline.empty() ? std::nullopt : std::optional(read_results(options.baseline));
  const OutputDirectory out(options.out);
  prove_writable(options.json);
  Results results = results_for(options, manifest, selection);

  catch_interrupts();
  RunPlan plan = plan_for(options);
  plan.cells = cells_of(selection, options);
  plan.load_program = manifest.load_program;
  pin_to_core(0);
  Runner runner(std::move(plan), [] { return interrupted != 0; });
  runner.run(results.samples);

  results.interrupted = interrupted != 0;
  results.context["ended"] = time_now();
  results.context["load_average_at_end"] = load_average();
  summarize(results);
  evaluate_claims(results);
  if (earlier) {
    compare_with_baseline(results, *earlier);
    compare_verdicts(results, *earlier);
  }
  out.write(results);
  print_outcome(results, out, options.json == "-");
  write_json(results, options.json);
  if (results.interrupted) {
    return kExitInterrupted;
  }
  const bool has_regressed = options.fail_on_regression && !regressions(results).empty();
  return has_failures(results) || has_regressed ? kExitWorkloadFailed : 0;
}

}  // namespace

int main(int argc, char** argv) {
  ParseEnd end;
  const std::optional<Options> options = parse_options(argc, argv, end);
  if (!options) {
    return end.exit_status;
  }
  try {
    return compare(*options);
  } catch (const std::exception& error) {
    // What is left to go wrong here was asked for on the command line: a file that cannot be read
    // or written, a name that does not exist.
    fmt::print(stderr, "twofold-compare: {}\n", error.what());
    return kExitBadUsage;
  }
}
