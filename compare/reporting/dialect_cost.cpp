#include "reporting/dialect_cost.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reporting/findings.hpp"
#include "reporting/format.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {
namespace {

const std::string kSuffix = "-native";

double distance(const RatioRow& row) { return std::abs(std::log(row.ratio.value)); }

bool is_claim(const RatioRow& row) {
  return row.verdict == Verdict::kFaster || row.verdict == Verdict::kSlower;
}

}  // namespace

std::vector<RatioRow> dialect_costs(const Results& results) {
  std::vector<RatioRow> rows;
  for (const SummaryRow& summary : results.summary) {
    const std::string& native = summary.variant;
    const WorkloadNote* workload = find_workload(results, summary.point.workload);
    if (!native.ends_with(kSuffix) || workload == nullptr || workload->metric != summary.metric) {
      continue;
    }
    const std::string dialect = native.substr(0, native.size() - kSuffix.size());
    if (auto row = compare_at(results, summary.point, summary.metric, dialect, native)) {
      rows.push_back(*std::move(row));
    }
  }
  return rows;
}

std::string dialect_sentence(const Results& results) {
  const std::vector<RatioRow> rows = dialect_costs(results);
  if (rows.empty()) {
    return "";
  }
  const auto claims = std::count_if(rows.begin(), rows.end(), is_claim);
  const auto furthest = std::max_element(
      rows.begin(), rows.end(),
      [](const RatioRow& a, const RatioRow& b) { return distance(a) < distance(b); });
  return fmt::format(
      "Written in the dialect instead of the runtime's own spelling, {} of {} points differ by "
      "more "
      "than noise; the largest ratio is {} ({} at {})",
      claims == 0 ? std::string("none") : std::to_string(claims), rows.size(),
      ratio_text(furthest->ratio.value), furthest->variant, furthest->point.workload);
}

std::string html_dialect(const Results& results) {
  const std::vector<RatioRow> rows = dialect_costs(results);
  if (rows.empty()) {
    return "";
  }
  std::string html = fmt::format(
      "<section id=\"dialect\"><h2>What the dialect costs</h2><p>{}.</p><div class=\"wide\"><table>"
      "<thead><tr><th scope=\"col\">Workload</th><th class=\"text\" scope=\"col\">Point</th>"
      "<th class=\"text\" scope=\"col\">Runtime</th><th scope=\"col\">Dialect / own spelling</th>"
      "<th class=\"text\" scope=\"col\">Verdict</th></tr></thead><tbody>",
      escape_html(dialect_sentence(results)));
  for (const RatioRow& row : rows) {
    const WorkloadNote* workload = find_workload(results, row.point.workload);
    html += fmt::format(
        "<tr><td>{}</td><td class=\"text\">{}</td><td class=\"text\">{}</td><td>{} <span "
        "class=\"sub\">{}</span></td><td class=\"text\">{}</td></tr>",
        escape_html(row.point.workload),
        escape_html(PointLabels(*workload, false).label(row.point)), escape_html(row.variant),
        ratio_text(row.ratio.value), interval_text(row.ratio),
        escape_html(verdict_words(row.verdict, row.metric)));
  }
  return html + "</tbody></table></div></section>";
}

}  // namespace twofold::compare
