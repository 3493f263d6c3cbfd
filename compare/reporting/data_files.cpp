#include "reporting/data_files.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <tuple>

#include "reporting/format.hpp"

namespace twofold::compare {
namespace {

std::string params_text(const Parameters& params, const char* equals, const char* separator) {
  std::string text;
  for (const auto& [name, value] : params) {
    text += (text.empty() ? "" : separator) + name + equals + std::to_string(value);
  }
  return text;
}

// As many digits as give the same double back.
std::string exact(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? fmt::format("{}", *value) : "";
}

using ProcessKey = std::tuple<std::string, int, int>;

// Nanoseconds for one operation, from whichever figure of the process says so.
std::optional<double> nanoseconds(const std::map<std::string, double>& figures) {
  if (const auto found = figures.find("ns_per_op"); found != figures.end()) {
    return found->second;
  }
  if (const auto found = figures.find("cpu_s_per_mop"); found != figures.end()) {
    return found->second * 1e3;
  }
  if (const auto found = figures.find("ops_per_second");
      found != figures.end() && found->second > 0) {
    return 1e9 / found->second;
  }
  return std::nullopt;
}

}  // namespace

std::string samples_csv(const Results& results) {
  std::string csv =
      "workload,variant,params,workers,metric,unit,value,round,attempt,seed,status,detail,checksum,"
      "ops,wall_s,load_average,steal_fraction,foreign_cores,disturbed,used\n";
  for (const Sample& s : results.samples) {
    csv +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                    csv_field(s.point.workload), csv_field(s.variant),
                    csv_field(params_text(s.point.params, "=", " ")), s.point.workers,
                    csv_field(s.metric), csv_field(s.unit), exact(s.value), s.round, s.attempt,
                    s.seed, csv_field(s.status), csv_field(s.detail), csv_field(s.checksum),
                    exact(s.ops), exact(s.wall_s), exact(s.load_average), exact(s.steal_fraction),
                    exact(s.foreign_cores), s.disturbed ? 1 : 0, s.used ? 1 : 0);
  }
  return csv;
}

std::string google_benchmark_json(const Results& results) {
  struct Process {
    const Sample* first = nullptr;
    std::map<std::string, double> figures;
  };
  std::vector<ProcessKey> order;
  std::map<ProcessKey, Process> processes;
  for (const Sample& sample : results.samples) {
    if (sample.status != "ok" || !sample.used || !sample.value) {
      continue;
    }
    const std::string params = params_text(sample.point.params, ":", "/");
    const ProcessKey key{
        fmt::format("{}/{}{}workers:{}/{}", sample.point.workload, params,
                    params.empty() ? "" : "/", sample.point.workers, sample.variant),
        sample.round, sample.attempt};
    Process& process = processes[key];
    if (process.first == nullptr) {
      process.first = &sample;
      order.push_back(key);
    }
    process.figures[sample.metric] = *sample.value;
  }

  Json benchmarks = Json::array();
  for (const ProcessKey& key : order) {
    const Process& process = processes[key];
    const std::optional<double> time = nanoseconds(process.figures);
    if (!time) {
      continue;
    }
    const auto& [name, round, attempt] = key;
    Json entry = {{"name", name},
                  {"run_name", name},
                  {"run_type", "iteration"},
                  {"repetitions", 1},
                  {"repetition_index", round},
                  {"threads", process.first->point.workers},
                  {"iterations", static_cast<std::int64_t>(process.first->ops.value_or(1))},
                  {"real_time", *time},
                  {"cpu_time", *time},
                  {"time_unit", "ns"}};
    for (const auto& [metric, value] : process.figures) {
      entry[metric] = value;
    }
    benchmarks.push_back(std::move(entry));
  }
  const Json machine = results.context.value("machine", Json::object());
  const Json context = {{"date", results.context.value("started", "")},
                        {"executable", "twofold-compare"},
                        {"num_cpus", machine.value("cores", 0)},
                        {"mhz_per_cpu", 0},
                        {"cpu_scaling_enabled", false},
                        {"caches", Json::array()},
                        {"library_build_type", "release"}};
  return Json{{"context", context}, {"benchmarks", std::move(benchmarks)}}.dump(1) + "\n";
}

}  // namespace twofold::compare
