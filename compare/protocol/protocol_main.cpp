#include "protocol/protocol_main.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace twofold::compare {
namespace {

using Json = nlohmann::ordered_json;

Json points_to_json(const std::vector<Point>& points) {
  Json array = Json::array();
  for (const Point& point : points) {
    Json object = Json::object();
    for (const auto& [name, value] : point) {
      object[name] = value;
    }
    array.push_back(std::move(object));
  }
  return array;
}

void print_list(std::span<const Workload> workloads) {
  Json array = Json::array();
  for (const Workload& workload : workloads) {
    const WorkloadInfo& info = workload.info;
    array.push_back({{"name", info.name},
                     {"summary", info.summary},
                     {"metric", info.metric},
                     {"axis", info.axis},
                     {"load", info.load},
                     {"exact", info.exact},
                     {"about_stacks", info.about_stacks},
                     {"smoke", points_to_json(info.smoke)},
                     {"quick", points_to_json(info.quick)},
                     {"full", points_to_json(info.full)}});
  }
  std::puts(array.dump().c_str());
}

const Workload& find_workload(std::span<const Workload> workloads, std::string_view name) {
  for (const Workload& workload : workloads) {
    if (workload.info.name == name) {
      return workload;
    }
  }
  throw UsageError("unknown workload '" + std::string(name) + "'; 'list' names those there are");
}

// Options after `run WORKLOAD`, as "--option VALUE" or "--option=VALUE".
Params parse_options(const WorkloadInfo& info, std::span<char* const> arguments) {
  Params params(info.quick.empty() ? Point{} : info.quick.front());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view option = arguments[i];
    std::string_view value;
    // The '=' of "--param=KEY=VALUE" that ends the option is the first one.
    if (const auto equals = option.find('='); equals != std::string_view::npos) {
      value = option.substr(equals + 1);
      option = option.substr(0, equals);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      throw UsageError("'" + std::string(option) + "' is unknown or lacks its value");
    }
    if (option == "--param") {
      params.assign(value);
    } else if (option == "--workers") {
      params.set_workers(static_cast<unsigned>(parse_count(value, "--workers")));
    } else if (option == "--seed") {
      params.set_seed(parse_count(value, "--seed"));
    } else {
      throw UsageError("unknown option '" + std::string(option) + "'");
    }
  }
  return params;
}

// Ends the process past all destructors and exit handlers: a failed workload may have left threads
// behind that still use what these would tear down.
[[noreturn]] void end_with(Output& output, std::string_view status, std::string_view detail,
                           int exit_status) {
  output.check_other(status, detail);
  std::_Exit(exit_status);
}

int run_workload(const Workload& workload, const Params& params) {
  Output output(stdout);
  try {
    workload.run(params, output);
    if (!output.checked()) {
      throw CheckFailed("the workload returned without checking its answer");
    }
    return kExitOk;
  } catch (const UsageError&) {
    throw;
  } catch (const Unsupported& reason) {
    end_with(output, "unsupported", reason.what(), kExitUnsupported);
  } catch (const Capped& limit) {
    end_with(output, "capped", limit.what(), kExitCapped);
  } catch (const std::bad_alloc&) {
    end_with(output, "capped", "out of memory", kExitCapped);
  } catch (const std::exception& error) {
    end_with(output, "failed", error.what(), kExitFailed);
  }
}

}  // namespace

int protocol_main(int argc, char** argv, std::span<const Workload> workloads) {
  const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
  try {
    if (arguments.size() == 2 && std::string_view(arguments[1]) == "list") {
      print_list(workloads);
      return kExitOk;
    }
    if (arguments.size() < 3 || std::string_view(arguments[1]) != "run") {
      throw UsageError("expected 'list' or 'run WORKLOAD'");
    }
    const Workload& workload = find_workload(workloads, arguments[2]);
    return run_workload(workload, parse_options(workload.info, arguments.subspan(3)));
  } catch (const UsageError& error) {
    std::fprintf(stderr,
                 "%s: %s\nusage: %s list\n"
                 "       %s run WORKLOAD [--param KEY=VALUE]... [--workers N] [--seed S]\n",
                 argv[0], error.what(), argv[0], argv[0]);
    return kExitUsage;
  }
}

}  // namespace twofold::compare
