#include "reporting/reproduction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "reporting/findings.hpp"
#include "reporting/format.hpp"

namespace twofold::compare {
namespace {

const std::string kNoiseLimited = "noise-limited";

// What is claimed, in words, with its verdict; in the order of the report.
using Verdicts = std::vector<std::pair<std::string, std::string>>;

void add_points(Verdicts& verdicts, const Results& results) {
  for (const Pairing& pairing : pairings(results)) {
    for (const WorkloadFinding& finding : judge_all(results, pairing)) {
      for (const PointFinding& point : finding.points) {
        if (point.has_figure) {
          verdicts.emplace_back(fmt::format("{}{}{}, {} against {}", finding.workload,
                                            point.label.empty() ? "" : " at ", point.label,
                                            pairing.contender, pairing.reference),
                                verdict_words(point.verdict, finding.metric));
        }
      }
    }
  }
}

void add_claims(Verdicts& verdicts, const Results& results) {
  for (const Json& claim : results.claims) {
    for (const Json& part : claim.value("parts", Json::array())) {
      const std::string verdict = part.value("verdict", "");
      if (!verdict.empty() && verdict != "not in this run") {
        verdicts.emplace_back(
            fmt::format("claim {}, {}", claim.value("id", 0), part.value("what", "")), verdict);
      }
    }
  }
}

Verdicts verdicts_of(const Results& results) {
  Verdicts verdicts;
  add_points(verdicts, results);
  add_claims(verdicts, results);
  return verdicts;
}

}  // namespace

void compare_verdicts(Results& results, const Results& earlier) {
  std::map<std::string, std::string> before;
  for (auto& [subject, verdict] : verdicts_of(earlier)) {
    before.emplace(std::move(subject), std::move(verdict));
  }
  results.reproduction = {};
  for (const auto& [subject, now] : verdicts_of(results)) {
    const auto then = before.find(subject);
    if (then == before.end()) {
      continue;
    }
    ++results.reproduction.compared;
    if (then->second != now) {
      results.reproduction.changes.push_back({subject, then->second, now});
    }
  }
  std::stable_partition(results.reproduction.changes.begin(), results.reproduction.changes.end(),
                        is_contradiction);
}

bool is_contradiction(const VerdictChange& change) {
  return change.then != kNoiseLimited && change.now != kNoiseLimited;
}

std::string reproduction_sentence(const Results& results) {
  const Reproduction& reproduction = results.reproduction;
  if (reproduction.compared == 0) {
    return "";
  }
  const auto contradictions =
      std::count_if(reproduction.changes.begin(), reproduction.changes.end(), is_contradiction);
  const auto differ = static_cast<std::ptrdiff_t>(reproduction.changes.size());
  return fmt::format(
      "Of {} verdicts that the earlier run gave too, {} are the same, {} are noise-limited in one "
      "of the two, and {} contradict it.",
      reproduction.compared, reproduction.compared - differ, differ - contradictions,
      contradictions);
}

std::vector<std::string> reproduction_lines(const Results& results) {
  std::vector<std::string> lines;
  for (const VerdictChange& change : results.reproduction.changes) {
    lines.push_back(fmt::format("{}: then {}, now {}", change.subject, change.then, change.now));
  }
  return lines;
}

}  // namespace twofold::compare
