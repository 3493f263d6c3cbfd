#include "reporting/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>

namespace twofold::compare {
namespace {

std::string trimmed(std::string text) {
  const auto first = text.find_first_not_of(' ');
  const auto last = text.find_last_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

Parameters parse_params(const std::string& text, const std::string& whole) {
  Parameters params;
  for (std::size_t at = 0; at < text.size();) {
    const auto comma = std::min(text.find(',', at), text.size());
    const std::string item = trimmed(text.substr(at, comma - at));
    const auto equals = item.find('=');
    std::int64_t value = 0;
    const char* const end = item.data() + item.size();
    if (equals == std::string::npos ||
        std::from_chars(item.data() + equals + 1, end, value).ptr != end) {
      throw ResultsError(fmt::format("'{}' in '{}' is not PARAMETER=VALUE", item, whole));
    }
    params.emplace_back(item.substr(0, equals), value);
    at = comma + 1;
  }
  return params;
}

}  // namespace

ClaimSubject parse_subject(const std::string& text, bool wants_metric) {
  ClaimSubject subject;
  const auto space = text.find(' ');
  if (space == std::string::npos) {
    throw ResultsError(fmt::format("'{}' is not VARIANT WORKLOAD(PARAMETER=VALUE).METRIC", text));
  }
  subject.variant = text.substr(0, space);
  std::string rest = text.substr(space + 1);
  const auto dot = rest.rfind('.');
  if (wants_metric) {
    if (dot == std::string::npos) {
      throw ResultsError(fmt::format("'{}' names no metric", text));
    }
    subject.metric = rest.substr(dot + 1);
    rest.resize(dot);
  }
  if (const auto open = rest.find('('); open != std::string::npos) {
    if (rest.back() != ')') {
      throw ResultsError(fmt::format("'{}' has no closing parenthesis", text));
    }
    subject.params = parse_params(rest.substr(open + 1, rest.size() - open - 2), text);
    rest.resize(open);
  }
  subject.workload = rest;
  return subject;
}

namespace {

void check_part(const Json& part) {
  constexpr const char* kKinds[] = {"figure", "runs", "cannot", "not_measurable"};
  const auto kinds = std::count_if(std::begin(kKinds), std::end(kKinds),
                                   [&](const char* kind) { return part.contains(kind); });
  if (kinds != 1) {
    throw ResultsError("it needs one of figure, runs, cannot, not_measurable");
  }
  (void)part.at("what").get<std::string>();
  for (const char* key : {"figure", "over"}) {
    if (part.contains(key)) {
      (void)parse_subject(part[key].get<std::string>(), true);
    }
  }
  for (const char* key : {"runs", "cannot"}) {
    if (part.contains(key)) {
      (void)parse_subject(part[key].get<std::string>(), false);
    }
  }
  if (part.contains("figure") && !part.contains("at_least") && !part.contains("at_most")) {
    throw ResultsError("its figure needs at_least or at_most");
  }
}

Json claims_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) {
    throw ResultsError(path.string() + ": the claims cannot be read");
  }
  try {
    return Json::parse(file);
  } catch (const std::exception& error) {
    throw ResultsError(path.string() + ": " + error.what());
  }
}

void check_ledger(const Json& ledger) {
  std::set<int> ids;
  for (const Json& claim : ledger) {
    const int id = claim.at("id");
    std::size_t number = 0;
    try {
      if (!ids.insert(id).second) {
        throw ResultsError("the number is taken");
      }
      (void)claim.at("claim").get<std::string>();
      if (claim.at("parts").empty()) {
        throw ResultsError("it has no parts");
      }
      for (const Json& part : claim.at("parts")) {
        ++number;
        check_part(part);
      }
    } catch (const std::exception& error) {
      throw ResultsError(fmt::format(
          "claim {}{}: {}", id, number == 0 ? "" : fmt::format(", part {}", number), error.what()));
    }
  }
}

}  // namespace

Json read_ledger(const std::string& path) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (entry.path().extension() == ".json") {
      files.push_back(entry.path());
    }
  }
  if (error) {
    files = {path};
  }
  Json ledger = Json::array();
  for (const auto& file : files) {
    for (Json& claim : claims_in(file)) {
      ledger.push_back(std::move(claim));
    }
  }
  try {
    check_ledger(ledger);
  } catch (const std::exception& flaw) {
    throw ResultsError(path + ": " + flaw.what());
  }
  std::sort(ledger.begin(), ledger.end(),
            [](const Json& a, const Json& b) { return a["id"] < b["id"]; });
  return ledger;
}

}  // namespace twofold::compare
