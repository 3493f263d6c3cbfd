#include "reporting/claims.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reporting/findings.hpp"
#include "reporting/format.hpp"
#include "reporting/ledger.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {
namespace {

constexpr std::size_t kFewestSamples = 4;

const std::string kSupported = "supported";
const std::string kRefuted = "refuted";
const std::string kNoDifference = "no difference";
const std::string kNoiseLimited = "noise-limited";
const std::string kCapped = "capped";
const std::string kFailed = "failed";
const std::string kNotMeasurable = "not measurable here";
const std::string kNotInThisRun = "not in this run";

bool is_at(const ClaimSubject& subject, const PointKey& point) {
  if (point.workload != subject.workload) {
    return false;
  }
  unsigned workers = 1;
  for (const auto& [name, value] : subject.params) {
    if (name == "workers") {
      workers = static_cast<unsigned>(value);
    } else if (std::find(point.params.begin(), point.params.end(), std::pair(name, value)) ==
               point.params.end()) {
      return false;
    }
  }
  return point.workers == workers;
}

struct Figure {
  std::vector<double> values;
  std::string verdict;  // why there are no values
  std::string detail;
  bool is_exact = false;
};

Figure missing(const Results& results, const std::vector<Trouble>& troubles,
               const ClaimSubject& subject) {
  for (const Trouble& trouble : troubles) {
    const bool is_its = trouble.variant == subject.variant || trouble.variant.empty();
    if (is_its && is_at(subject, trouble.point)) {
      const std::string verdict = trouble.status == "capped" ? kCapped
                                  : is_failure(trouble)      ? kFailed
                                                             : kNotMeasurable;
      return {.verdict = verdict, .detail = trouble.status + ": " + trouble.detail};
    }
  }
  for (const VariantNote& note : results.variants) {
    if (note.name != subject.variant) {
      continue;
    }
    if (!note.available) {
      return {.verdict = kNotMeasurable, .detail = note.reason};
    }
    if (const auto found = note.cannot.find(subject.workload); found != note.cannot.end()) {
      return {.verdict = kNotMeasurable, .detail = found->second};
    }
  }
  return {.verdict = kNotInThisRun};
}

Figure find_figure(const Results& results, const std::vector<Trouble>& troubles,
                   const ClaimSubject& subject, bool takes_worst) {
  const auto is_wanted = [&](const auto& row) {
    return row.variant == subject.variant && row.metric == subject.metric &&
           is_at(subject, row.point);
  };
  // Only what the report shows counts: a variant that failed once at a point has no row there.
  const SummaryRow* row = nullptr;
  for (const SummaryRow& candidate : results.summary) {
    if (!is_wanted(candidate)) {
      continue;
    }
    if (row != nullptr && !takes_worst) {
      return {.verdict = kFailed,
              .detail = "the ledger's parameters fit several points of this run"};
    }
    if (row == nullptr || candidate.median.value > row->median.value) {
      row = &candidate;
    }
  }
  if (row == nullptr) {
    return missing(results, troubles, subject);
  }
  Figure figure;
  const WorkloadNote* workload = find_workload(results, subject.workload);
  figure.is_exact = workload != nullptr && workload->exact;
  for (const Sample& sample : results.samples) {
    if (is_wanted(sample) && sample.point == row->point && sample.status == "ok" && sample.used &&
        sample.value && std::isfinite(*sample.value)) {
      figure.values.push_back(*sample.value);
    }
  }
  return figure;
}

void judge_estimate(Json& part, const Estimate& estimate, std::size_t samples, bool is_ratio,
                    bool is_exact) {
  part["value"] = estimate.value;
  part["low"] = estimate.low;
  part["high"] = estimate.high;
  part["samples"] = samples;
  if (!std::isfinite(estimate.value) || (samples < kFewestSamples && !is_exact)) {
    part["verdict"] = kNoiseLimited;
    part["detail"] = "too few samples";
    return;
  }
  const double least = part.value("at_least", -HUGE_VAL);
  const double most = part.value("at_most", HUGE_VAL);
  const bool is_even =
      is_ratio && estimate.low > 1 - kEquivalenceMargin && estimate.high < 1 + kEquivalenceMargin;
  // That one of the two is larger, by whatever it be.
  const bool is_about_order = (least == 1) != (most == 1);
  if (is_even && is_about_order) {
    part["verdict"] = kNoDifference;
  } else if (estimate.low >= least && estimate.high <= most) {
    part["verdict"] = kSupported;
  } else if (estimate.high < least || estimate.low > most) {
    part["verdict"] = is_even ? kNoDifference : kRefuted;
  } else {
    part["verdict"] = kNoiseLimited;
  }
}

void judge_figure(const Results& results, const std::vector<Trouble>& troubles, Json& part) {
  const bool takes_worst = part.value("points", "") == "worst";
  const Figure figure = find_figure(
      results, troubles, parse_subject(part.at("figure").get<std::string>(), true), takes_worst);
  const bool is_ratio = part.contains("over");
  Figure over;
  if (is_ratio) {
    over = find_figure(results, troubles, parse_subject(part.at("over").get<std::string>(), true),
                       takes_worst);
  }
  for (const Figure* side : {&figure, const_cast<const Figure*>(&over)}) {
    if (!side->verdict.empty()) {
      part["verdict"] = side->verdict;
      part["detail"] = side->detail;
      return;
    }
  }
  const bool is_exact = figure.is_exact && (!is_ratio || over.is_exact);
  if (is_ratio) {
    judge_estimate(part, ratio_estimate(figure.values, over.values, results.seed),
                   std::min(figure.values.size(), over.values.size()), true, is_exact);
  } else {
    judge_estimate(part, median_estimate(figure.values, results.seed), figure.values.size(), false,
                   is_exact);
  }
}

// `wants_success`: the claim is that it runs; otherwise that it cannot.
void judge_attempt(const Results& results, const std::vector<Trouble>& troubles, Json& part,
                   const std::string& text, bool wants_success) {
  const ClaimSubject subject = parse_subject(text, false);
  const bool has_figure =
      std::any_of(results.summary.begin(), results.summary.end(), [&](const SummaryRow& row) {
        return row.variant == subject.variant && is_at(subject, row.point);
      });
  if (has_figure) {
    part["verdict"] = wants_success ? kSupported : kRefuted;
    return;
  }
  const Figure why = missing(results, troubles, subject);
  part["detail"] = why.detail;
  if (why.verdict == kNotMeasurable) {
    part["verdict"] = wants_success ? kRefuted : kSupported;
  } else {
    part["verdict"] = why.verdict;
  }
}

void judge_part(const Results& results, const std::vector<Trouble>& troubles, Json& part) {
  for (const char* key : {"value", "low", "high", "samples", "verdict", "detail"}) {
    part.erase(key);
  }
  if (part.contains("not_measurable")) {
    part["verdict"] = kNotMeasurable;
    part["detail"] = part["not_measurable"];
  } else if (part.contains("runs")) {
    judge_attempt(results, troubles, part, part["runs"], true);
  } else if (part.contains("cannot")) {
    judge_attempt(results, troubles, part, part["cannot"], false);
  } else {
    judge_figure(results, troubles, part);
  }
}

std::string verdict_of(const Json& parts) {
  std::set<std::string> verdicts;
  for (const Json& part : parts) {
    verdicts.insert(part.at("verdict").get<std::string>());
  }
  const bool is_refuted = verdicts.contains(kRefuted) || verdicts.contains(kNoDifference);
  if (verdicts.contains(kFailed)) {
    return kFailed;
  }
  if (is_refuted && verdicts.contains(kSupported)) {
    return kSupported + " in part";
  }
  for (const std::string& verdict : {kRefuted, kNoiseLimited, kCapped, kNoDifference}) {
    if (verdicts.contains(verdict)) {
      return verdict;
    }
  }
  // Parts that this run or machine cannot have say nothing against those that it has.
  return verdicts.contains(kSupported)      ? kSupported
         : verdicts.contains(kNotInThisRun) ? kNotInThisRun
                                            : kNotMeasurable;
}

// "9.1 (8.9 to 9.3), claimed: at least 5", or the verdict and its reason.
std::string interval_of(const Json& part) {
  if (part.contains("value") && part["value"].is_number()) {
    const std::string interval =
        part["low"] == part["high"]
            ? ""
            : fmt::format(" ({} to {})", claim_number(part["low"]), claim_number(part["high"]));
    return fmt::format("{}{}, claimed: {}", claim_number(part["value"]), interval,
                       claim_bound(part));
  }
  const std::string detail = part.value("detail", "");
  return part.at("verdict").get<std::string>() + (detail.empty() ? "" : ": " + detail);
}

// What has to be typed to have the claim judged by itself.
std::string command_of(const Json& claim) {
  std::set<std::string> workloads;
  std::set<std::string> variants;
  std::set<std::string> workers;
  for (const Json& part : claim.at("parts")) {
    for (const char* key : {"figure", "over", "runs", "cannot"}) {
      if (!part.contains(key)) {
        continue;
      }
      const bool has_metric = std::string(key) == "figure" || std::string(key) == "over";
      const ClaimSubject subject = parse_subject(part[key].get<std::string>(), has_metric);
      workloads.insert(subject.workload);
      variants.insert(subject.variant);
      for (const auto& [name, value] : subject.params) {
        if (name == "workers") {
          workers.insert(std::to_string(value));
        }
      }
    }
  }
  if (workloads.empty()) {
    return "";
  }
  const auto joined = [](const std::set<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ","));
  };
  const bool has_peer =
      variants.contains("go") || variants.contains("tokio") || variants.contains("node");
  return fmt::format("./compare/run {}{} --only {} --variants '{}'{}",
                     claim.value("size", "") == "full" ? "--full" : "--quick",
                     has_peer ? " --peers" : "", joined(workloads), joined(variants),
                     workers.empty() ? "" : " --workers 1," + joined(workers));
}

}  // namespace

void evaluate_claims(Results& results) {
  const std::vector<Trouble> troubles = find_troubles(results);
  for (Json& claim : results.claims) {
    if (!claim.contains("parts")) {
      continue;  // judged elsewhere
    }
    std::string metrics;
    std::string intervals;
    for (Json& part : claim["parts"]) {
      judge_part(results, troubles, part);
      metrics += (metrics.empty() ? "" : "; ") + claim_part_source(part);
      intervals += (intervals.empty() ? "" : "; ") + interval_of(part);
    }
    claim["verdict"] = verdict_of(claim["parts"]);
    claim["metric"] = metrics;
    claim["interval"] = intervals;
    claim["command"] = command_of(claim);
  }
}

namespace {

// Verdicts in the order in which a reader wants them, each with the numbers of its claims.
std::vector<std::pair<std::string, std::vector<int>>> by_verdict(const Results& results) {
  std::vector<std::pair<std::string, std::vector<int>>> groups;
  for (const std::string& verdict :
       {kSupported, kRefuted, kSupported + " in part", kNoDifference, kNoiseLimited, kCapped,
        kFailed, kNotMeasurable, kNotInThisRun}) {
    std::vector<int> ids;
    for (const Json& claim : results.claims) {
      if (claim.value("verdict", "") == verdict) {
        ids.push_back(claim.value("id", 0));
      }
    }
    if (!ids.empty()) {
      groups.emplace_back(verdict, std::move(ids));
    }
  }
  return groups;
}

}  // namespace

std::string claims_sentence(const Results& results) {
  std::string text;
  for (const auto& [verdict, ids] : by_verdict(results)) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", ids.size(), verdict);
  }
  return text.empty() ? "" : fmt::format("{} claims: {}", results.claims.size(), text);
}

std::vector<std::string> claims_lines(const Results& results) {
  std::vector<std::string> lines;
  for (const auto& [verdict, ids] : by_verdict(results)) {
    lines.push_back(fmt::format("{:<20} {}", verdict, fmt::join(ids, ", ")));
  }
  return lines;
}

std::string claim_number(double value) {
  constexpr double kLargestGrouped = 1e15;
  const bool is_whole = value == std::floor(value) && std::abs(value) < kLargestGrouped;
  return is_whole ? grouped(static_cast<std::int64_t>(value)) : short_number(value);
}

std::string claim_part_source(const Json& part) {
  if (part.contains("figure")) {
    return part["figure"].get<std::string>() +
           (part.contains("over") ? " / " + part["over"].get<std::string>() : "");
  }
  for (const char* key : {"runs", "cannot"}) {
    if (part.contains(key)) {
      return part[key].get<std::string>();
    }
  }
  return "";
}

std::string claim_bound(const Json& part) {
  std::string text;
  if (part.contains("at_least")) {
    text += fmt::format("at least {}", claim_number(part["at_least"]));
  }
  if (part.contains("at_most")) {
    text += fmt::format("{}at most {}", text.empty() ? "" : " and ", claim_number(part["at_most"]));
  }
  if (part.contains("runs")) {
    text = "runs";
  } else if (part.contains("cannot")) {
    text = "cannot run";
  }
  return text;
}

}  // namespace twofold::compare
