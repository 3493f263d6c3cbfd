// twofold-load: the command line of the load generator (docs/design/measurement-protocol.md,
// "Server workloads"). Everything it does is in `run_sample`.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "load/load.hpp"
#include "load/sample.hpp"
#include "protocol/outcome.hpp"
#include "protocol/workload_catalogue.hpp"

namespace {

using namespace twofold::compare;

struct CommandLine {
  std::string load;
  std::vector<std::string> params;
  std::uint64_t seed = 1;
  double timeout_s = 60;
  std::vector<std::string> server_command;
};

std::string names_of_loads() {
  std::string names;
  for (const Load& load : all_loads()) {
    names += (names.empty() ? "" : ", ") + load.name;
  }
  return names;
}

void declare(CLI::App& app, CommandLine& line) {
  app.add_option("load", line.load, "which load: " + names_of_loads())->required();
  app.add_option("--param", line.params, "KEY=VALUE, a parameter of the load")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--seed", line.seed, "seed of the payloads");
  app.add_option("--timeout", line.timeout_s, "seconds after which the sample has failed")
      ->check(CLI::Range(0.001, 1e6));
  app.add_option("command", line.server_command, "-- PROGRAM run WORKLOAD [options]")->required();
}

SampleOptions to_options(const CommandLine& line) {
  Params params(workload_info(find_load(line.load).workload).quick.front());
  for (const std::string& param : line.params) {
    params.assign(param);
  }
  params.set_seed(line.seed);
  return {line.load, params, line.server_command,
          std::chrono::milliseconds(std::llround(line.timeout_s * 1000))};
}

int run(const CommandLine& line) {
  Output output(stdout);
  try {
    run_sample(to_options(line), output);
    return kExitOk;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "twofold-load: %s\n", error.what());
    return kExitUsage;
  } catch (const Unsupported& reason) {
    output.check_other("unsupported", reason.what());
    return kExitUnsupported;
  } catch (const Capped& limit) {
    output.check_other("capped", limit.what());
    return kExitCapped;
  } catch (const std::exception& error) {
    output.check_other("failed", error.what());
    return kExitFailed;
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Loads a server program and measures it from outside", "twofold-load");
  CommandLine line;
  declare(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return run(line);
}
