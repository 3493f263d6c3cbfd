#include "driver/options.hpp"

#include <CLI/CLI.hpp>
#include <ctime>

namespace twofold::compare {
namespace {

std::string default_out() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H-%M-%S", &local);
  return std::string("build/compare-results/") + text;
}

// Lists are given with commas, so that a pattern never swallows the argument after it.
CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                      const std::string& help) {
  return app.add_option(name, values, help)->delimiter(',')->expected(1)->take_all();
}

struct SizeFlags {
  bool quick = false;
  bool full = false;
  bool smoke = false;
};

void declare(CLI::App& app, Options& options, SizeFlags& sizes) {
  auto* group = app.add_option_group("size", "How much to run");
  group->add_flag("--quick", sizes.quick, "about 4 minutes (the default)");
  group->add_flag("--full", sizes.full, "all points, up to 10 rounds");
  group->add_flag("--smoke", sizes.smoke, "tiny points, about 30 seconds: does everything work?");
  group->require_option(0, 1);

  app.add_flag("--list", options.list, "name the workloads and variants, and end");
  add_list(app, "--only", options.only, "workloads to run")->type_name("GLOB[,GLOB]");
  add_list(app, "--variants", options.variants, "variants to run")->type_name("GLOB[,GLOB]");
  app.add_flag("--peers,!--no-peers", options.peers, "run the peers in other languages");
  app.add_option("--repeat", options.repeat, "rounds, each with one sample of everything")
      ->check(CLI::Range(1, 1000));
  app.add_option("--workers", options.workers, "numbers of worker threads")
      ->delimiter(',')
      ->expected(1)
      ->take_all()
      ->check(CLI::Range(1, 1024))
      ->type_name("N[,N]");
  add_list(app, "--compilers", options.compilers, "builds to run")->type_name("NAME[,NAME]");
  app.add_option("--seed", options.seed, "seed of the inputs and of the order of samples");
  auto* baseline = app.add_option("--baseline", options.baseline,
                                  "results.json of an earlier run to compare with");
  app.add_flag("--fail-on-regression", options.fail_on_regression,
               "exit with 1 when a headline figure is slower than the baseline's")
      ->needs(baseline);
  app.add_option("--json", options.json, "write results.json there too; - is standard output");
  app.add_option("--out", options.out, "directory of the report")->type_name("DIR");
  app.add_option("--sample-timeout", options.sample_timeout_s,
                 "seconds after which a sample counts as hung")
      ->check(CLI::Range(0.01, 86400.0))
      ->type_name("S");
  app.add_option("--manifest", options.manifest, "what was built (written by the build)")
      ->required()
      ->type_name("FILE");
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv, ParseEnd& end) {
  CLI::App app("Measures the same workloads on stackful and stackless coroutines", "compare/run");
  Options options;
  SizeFlags sizes;
  declare(app, options, sizes);
  app.footer(
      "Exit status: 0 done, 1 a workload failed or regressed, 2 bad usage, 130 interrupted.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    end.exit_status = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  options.size = sizes.full ? RunSize::kFull : sizes.smoke ? RunSize::kSmoke : RunSize::kQuick;
  if (options.out.empty()) {
    options.out = default_out();
  }
  options.arguments.assign(argv + 1, argv + argc);
  return options;
}

std::string size_name(RunSize size) {
  switch (size) {
    case RunSize::kSmoke:
      return "smoke";
    case RunSize::kQuick:
      return "quick";
    case RunSize::kFull:
      return "full";
  }
  return "";
}

}  // namespace twofold::compare
