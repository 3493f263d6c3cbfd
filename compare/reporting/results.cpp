#include "reporting/results.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

namespace twofold::compare {
namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
Json number(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

double to_double(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}
std::optional<double> to_optional(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

Json params_json(const Parameters& params) {
  Json object = Json::object();
  for (const auto& [name, value] : params) {
    object[name] = value;
  }
  return object;
}

Parameters params_from(const Json& json) {
  Parameters params;
  for (const auto& [name, value] : json.items()) {
    params.emplace_back(name, value.get<std::int64_t>());
  }
  return params;
}

// Every row of every list begins alike.
Json row_json(const PointKey& point, const std::string& variant) {
  return {{"workload", point.workload},
          {"variant", variant},
          {"params", params_json(point.params)},
          {"workers", point.workers}};
}

PointKey point_from(const Json& json) {
  return {json.at("workload"), params_from(json.at("params")), json.at("workers")};
}

Json interval_json(const Estimate& estimate) {
  return Json::array({number(estimate.low), number(estimate.high)});
}

Estimate estimate_from(const Json& value, const Json& interval) {
  return {to_double(value), to_double(interval.at(0)), to_double(interval.at(1))};
}

Verdict verdict_from(const std::string& name) {
  for (const Verdict verdict :
       {Verdict::kFaster, Verdict::kSlower, Verdict::kNoDifference, Verdict::kNoiseLimited}) {
    if (verdict_name(verdict) == name) {
      return verdict;
    }
  }
  throw ResultsError("unknown verdict '" + name + "'");
}

Json to_json(const WorkloadNote& note) {
  Json points = Json::array();
  for (const Parameters& point : note.points) {
    points.push_back(params_json(point));
  }
  return {{"name", note.name},          {"summary", note.summary}, {"metric", note.metric},
          {"axis", note.axis},          {"load", note.load},       {"exact", note.exact},
          {"points", std::move(points)}};
}

WorkloadNote workload_from(const Json& json) {
  WorkloadNote note{json.at("name"), json.at("summary"), json.at("metric"),
                    json.at("axis"), json.at("load"),    {}};
  for (const Json& point : json.at("points")) {
    note.points.push_back(params_from(point));
  }
  note.exact = json.value("exact", false);
  return note;
}

Json to_json(const VariantNote& note) {
  return {{"name", note.name},        {"kind", note.kind},           {"compiler", note.compiler},
          {"flags", note.flags},      {"runtime", note.runtime},     {"stack", note.stack},
          {"switch", note.switching}, {"available", note.available}, {"reason", note.reason},
          {"cannot", note.cannot}};
}

VariantNote variant_from(const Json& json) {
  return {json.at("name"),     json.at("kind"),
          json.at("compiler"), json.at("flags"),
          json.at("runtime"),  json.at("stack"),
          json.at("switch"),   json.at("available"),
          json.at("reason"),   json.at("cannot").get<std::map<std::string, std::string>>()};
}

Json to_json(const Sample& sample) {
  Json json = row_json(sample.point, sample.variant);
  json["metric"] = sample.metric;
  json["unit"] = sample.unit;
  json["value"] = number(sample.value);
  json["round"] = sample.round;
  json["attempt"] = sample.attempt;
  json["seed"] = sample.seed;
  json["status"] = sample.status;
  json["detail"] = sample.detail;
  json["checksum"] = sample.checksum;
  json["ops"] = number(sample.ops);
  json["wall_s"] = number(sample.wall_s);
  json["load_average"] = number(sample.load_average);
  json["steal_fraction"] = number(sample.steal_fraction);
  json["foreign_cores"] = number(sample.foreign_cores);
  json["disturbed"] = sample.disturbed;
  json["used"] = sample.used;
  return json;
}

Sample sample_from(const Json& json) {
  Sample sample;
  sample.point = point_from(json);
  sample.variant = json.at("variant");
  sample.metric = json.at("metric");
  sample.unit = json.at("unit");
  sample.value = to_optional(json.at("value"));
  sample.round = json.at("round");
  sample.attempt = json.at("attempt");
  sample.seed = json.at("seed");
  sample.status = json.at("status");
  sample.detail = json.at("detail");
  sample.checksum = json.at("checksum");
  sample.ops = to_optional(json.at("ops"));
  sample.wall_s = to_double(json.at("wall_s"));
  sample.load_average = to_double(json.at("load_average"));
  sample.steal_fraction = to_double(json.at("steal_fraction"));
  sample.foreign_cores = to_double(json.at("foreign_cores"));
  sample.disturbed = json.at("disturbed");
  sample.used = json.at("used");
  return sample;
}

Json to_json(const SummaryRow& row) {
  Json json = row_json(row.point, row.variant);
  json["metric"] = row.metric;
  json["unit"] = row.unit;
  json["median"] = number(row.median.value);
  json["ci95"] = interval_json(row.median);
  json["n"] = row.n;
  return json;
}

SummaryRow summary_from(const Json& json) {
  return {point_from(json),
          json.at("variant"),
          json.at("metric"),
          json.at("unit"),
          estimate_from(json.at("median"), json.at("ci95")),
          json.at("n")};
}

Json to_json(const RatioRow& row) {
  Json json = row_json(row.point, row.variant);
  json["metric"] = row.metric;
  json["reference"] = row.reference;
  json["ratio"] = number(row.ratio.value);
  json["ci95"] = interval_json(row.ratio);
  json["p"] = number(row.p);
  json["threshold"] = number(row.threshold);
  json["verdict"] = verdict_name(row.verdict);
  return json;
}

RatioRow ratio_from(const Json& json) {
  return {point_from(json),
          json.at("variant"),
          json.at("metric"),
          json.at("reference"),
          estimate_from(json.at("ratio"), json.at("ci95")),
          to_double(json.at("p")),
          to_double(json.at("threshold")),
          verdict_from(json.at("verdict"))};
}

Json to_json(const BaselineRow& row) {
  Json json = row_json(row.point, row.variant);
  json["metric"] = row.metric;
  json["ratio"] = number(row.ratio.value);
  json["ci95"] = interval_json(row.ratio);
  json["p"] = number(row.p);
  json["verdict"] = verdict_name(row.verdict);
  return json;
}

BaselineRow baseline_from(const Json& json) {
  return {point_from(json),        json.at("variant"),
          json.at("metric"),       estimate_from(json.at("ratio"), json.at("ci95")),
          to_double(json.at("p")), verdict_from(json.at("verdict"))};
}

Json to_json(const VerdictChange& change) {
  return {{"subject", change.subject}, {"then", change.then}, {"now", change.now}};
}

VerdictChange change_from(const Json& json) {
  return {json.at("subject"), json.at("then"), json.at("now")};
}

template <class Row>
Json list_json(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& row : rows) {
    list.push_back(to_json(row));
  }
  return list;
}

template <class Row>
std::vector<Row> list_from(const Json& list, Row (*from)(const Json&)) {
  std::vector<Row> rows;
  for (const Json& row : list) {
    rows.push_back(from(row));
  }
  return rows;
}

}  // namespace

Json to_json(const Results& results) {
  return {{"format", "twofold-results-1"},
          {"context", results.context},
          {"reference", results.reference},
          {"seed", results.seed},
          {"interrupted", results.interrupted},
          {"workloads", list_json(results.workloads)},
          {"probes", list_json(results.probes)},
          {"variants", list_json(results.variants)},
          {"samples", list_json(results.samples)},
          {"summary", list_json(results.summary)},
          {"ratios", list_json(results.ratios)},
          {"baseline", list_json(results.baseline)},
          {"reproduction",
           {{"compared", results.reproduction.compared},
            {"changes", list_json(results.reproduction.changes)}}},
          {"claims", results.claims}};
}

Results results_from_json(const Json& json) {
  try {
    Results results;
    if (json.at("format") != "twofold-results-1") {
      throw ResultsError("the format is not twofold-results-1");
    }
    results.context = json.at("context");
    results.reference = json.at("reference");
    results.seed = json.at("seed");
    results.interrupted = json.at("interrupted");
    results.workloads = list_from(json.at("workloads"), workload_from);
    if (json.contains("probes")) {
      results.probes = list_from(json["probes"], workload_from);
    }
    results.variants = list_from(json.at("variants"), variant_from);
    results.samples = list_from(json.at("samples"), sample_from);
    results.summary = list_from(json.at("summary"), summary_from);
    results.ratios = list_from(json.at("ratios"), ratio_from);
    results.baseline = list_from(json.at("baseline"), baseline_from);
    if (json.contains("reproduction")) {
      results.reproduction = {json["reproduction"].at("compared"),
                              list_from(json["reproduction"].at("changes"), change_from)};
    }
    results.claims = json.at("claims");
    return results;
  } catch (const Json::exception& error) {
    throw ResultsError(std::string("not a results.json of twofold: ") + error.what());
  }
}

Results read_results(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    throw ResultsError(path + ": cannot be opened for reading");
  }
  const Json json = Json::parse(file, nullptr, false);
  if (json.is_discarded()) {
    throw ResultsError(path + ": not valid JSON (truncated?)");
  }
  try {
    return results_from_json(json);
  } catch (const ResultsError& error) {
    throw ResultsError(path + ": " + error.what());
  }
}

std::string verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFaster:
      return "faster";
    case Verdict::kSlower:
      return "slower";
    case Verdict::kNoDifference:
      return "no difference";
    case Verdict::kNoiseLimited:
      return "noise-limited";
  }
  return "";
}

bool more_is_better(const std::string& metric) { return metric == "ops_per_second"; }

std::string compiler_suffix(const std::string& variant) {
  const auto at = variant.find('@');
  return at == std::string::npos ? "" : variant.substr(at);
}

std::string reference_for(const Results& results, const std::string& variant) {
  const std::string sibling =
      results.reference.substr(0, results.reference.find('@')) + compiler_suffix(variant);
  const bool was_run =
      std::any_of(results.variants.begin(), results.variants.end(),
                  [&](const VariantNote& note) { return note.name == sibling && note.available; });
  return was_run && sibling != variant ? sibling : results.reference;
}

std::string control_name(const std::string& reference) { return reference + " (A/A)"; }

}  // namespace twofold::compare
