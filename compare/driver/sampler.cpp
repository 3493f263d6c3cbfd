#include "driver/sampler.hpp"

#include <fmt/format.h>

#include <cmath>
#include <sstream>

namespace twofold::compare {
namespace {

constexpr int kExitCheckFailed = 3;
constexpr int kExitVariantCannot = 4;
constexpr int kExitLimitHit = 5;

// What a process printed, as far as it obeys the protocol.
struct Spoken {
  std::vector<Json> metrics;
  Json check = Json::object();  // empty when the last line is none
  std::string malformed;        // the first line that is no JSON object
};

Spoken parse_output(const std::string& output) {
  Spoken spoken;
  std::istringstream lines(output);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.empty()) {
      continue;
    }
    const Json json = Json::parse(line, nullptr, false);
    spoken.check = Json::object();
    if (!json.is_object()) {
      spoken.malformed =
          spoken.malformed.empty() ? as_ascii(line.substr(0, 120)) : spoken.malformed;
    } else if (json.contains("check")) {
      spoken.check = json;
    } else if (json.contains("metric")) {
      spoken.metrics.push_back(json);
    }
  }
  return spoken;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

Sample sample_for(const CellPlan& cell, const ProcessEnd& end) {
  Sample sample;
  sample.point = cell.point;
  sample.variant = cell.label;
  sample.metric = cell.workload->metric;
  sample.wall_s = end.wall_s;
  return sample;
}

std::vector<Sample> failure(const CellPlan& cell, const ProcessEnd& end, const std::string& status,
                            const std::string& detail) {
  Sample sample = sample_for(cell, end);
  sample.status = status;
  sample.detail = detail;
  return {std::move(sample)};
}

// Why a process that exited with 0 cannot be believed; empty when it can.
std::string flaw_of(const Spoken& spoken, const std::string& headline) {
  if (!spoken.malformed.empty()) {
    return "printed a line that is no JSON object: '" + spoken.malformed + "'";
  }
  if (text_of(spoken.check, "check") != "ok") {
    return "exited with 0 but its last line is no {\"check\": \"ok\", ...}";
  }
  if (text_of(spoken.check, "checksum").empty()) {
    return "its check line has no checksum";
  }
  for (const Json& metric : spoken.metrics) {
    if (text_of(metric, "metric") != headline) {
      continue;
    }
    const auto value = metric.find("value");
    return value != metric.end() && value->is_number() && std::isfinite(value->get<double>())
               ? ""
               : "its figure " + headline + " is not a number";
  }
  return "it printed no figure " + headline;
}

std::vector<Sample> figures(const CellPlan& cell, const ProcessEnd& end, const Spoken& spoken) {
  std::vector<Sample> samples;
  for (const Json& metric : spoken.metrics) {
    Sample sample = sample_for(cell, end);
    sample.metric = text_of(metric, "metric");
    sample.unit = text_of(metric, "unit");
    if (const auto value = metric.find("value"); value != metric.end() && value->is_number()) {
      sample.value = value->get<double>();
    } else {
      sample.status = "invalid";
      sample.detail = "its figure " + sample.metric + " is not a number";
    }
    sample.checksum = text_of(spoken.check, "checksum");
    if (const auto ops = spoken.check.find("ops"); ops != spoken.check.end() && ops->is_number()) {
      sample.ops = ops->get<double>();
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace

std::vector<std::string> sample_command(const CellPlan& cell, int round, std::uint64_t seed,
                                        const std::string& load_program, double timeout_s) {
  std::vector<std::string> options;
  for (const auto& [name, value] : cell.point.params) {
    options.emplace_back("--param");
    options.push_back(fmt::format("{}={}", name, value));
  }
  const std::string seed_text = std::to_string(seed);
  std::vector<std::string> command;
  if (!cell.workload->load.empty()) {
    // Its own limit comes first, so that it can still say where the server got stuck.
    command = {load_program, cell.workload->load, "--timeout",
               fmt::format("{:g}", timeout_s * 0.9)};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"--seed", seed_text, "--"});
  }
  const bool is_control = cell.label != cell.variant->note.name;
  const bool takes_twin = !cell.variant->twin.empty() && (round % 2 == 1) != is_control;
  const std::vector<std::string>& program = takes_twin ? cell.variant->twin : cell.variant->command;
  command.insert(command.end(), program.begin(), program.end());
  command.insert(command.end(), {"run", cell.workload->name});
  command.insert(command.end(), options.begin(), options.end());
  command.insert(command.end(),
                 {"--workers", std::to_string(cell.point.workers), "--seed", seed_text});
  return command;
}

std::optional<Sample> not_measurable(const CellPlan& cell, unsigned cores) {
  // The load needs a core for itself, or it measures its own hunger.
  if (cell.workload->load.empty() || cell.point.workers == 1 || cell.point.workers < cores) {
    return std::nullopt;
  }
  return failure(cell, {}, "unsupported",
                 fmt::format("not measurable here: a server of {} workers and its load need {} "
                             "cores, and there are {}",
                             cell.point.workers, cell.point.workers + 1, cores))
      .front();
}

std::vector<Sample> interpret(const CellPlan& cell, const ProcessEnd& end) {
  if (end.kind == ProcessEnd::Kind::kTimedOut) {
    return failure(cell, end, "hang", end.description);
  }
  if (end.kind != ProcessEnd::Kind::kExited) {
    return failure(cell, end, "crash", end.description);
  }
  const Spoken spoken = parse_output(end.standard_output);
  const std::string check = text_of(spoken.check, "check");
  const std::string detail = text_of(spoken.check, "detail");
  // The exit status and the last line must say the same: one without the other is a crash on the
  // way.
  if (end.exit_status == kExitCheckFailed && check == "failed") {
    return failure(cell, end, "failed", detail);
  }
  if (end.exit_status == kExitVariantCannot && check == "unsupported") {
    return failure(cell, end, "unsupported", detail);
  }
  if (end.exit_status == kExitLimitHit && check == "capped") {
    return failure(cell, end, "capped", detail);
  }
  if (end.exit_status != 0) {
    return failure(cell, end, "crash", end.description);
  }
  if (const std::string flaw = flaw_of(spoken, cell.workload->metric); !flaw.empty()) {
    return failure(cell, end, "invalid", flaw);
  }
  return figures(cell, end, spoken);
}

}  // namespace twofold::compare
