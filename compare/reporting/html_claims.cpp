#include "reporting/html_claims.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reporting/claims.hpp"
#include "reporting/format.hpp"
#include "reporting/html_report.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {
namespace {

// The text of a member, empty where there is none.
std::string text_of(const Json& object, const char* key) {
  const Json value = object.value(key, Json());
  return escape_html(value.is_string() ? value.get<std::string>()
                     : value.is_null() ? ""
                                       : value.dump());
}

// The sign stands beside the word, so that neither colour nor weight has to carry the meaning.
std::string verdict_mark(const std::string& verdict) {
  const auto mark = [&](const char* css, const char* sign) {
    return fmt::format("<span class=\"{}\">{} {}</span>", css, sign, verdict);
  };
  return verdict == "supported"           ? mark("claim better", "✓")
         : verdict == "refuted"           ? mark("claim worse", "✗")
         : verdict == "supported in part" ? mark("claim", "◐")
         : verdict == "no difference"     ? mark("claim", "=")
         : verdict == "failed"            ? mark("status", "!")
         : verdict == "noise-limited"     ? mark("soft", "≈")
                                          : mark("soft", "–");
}

std::string part_row(const Json& part) {
  const bool has_value = part.contains("value") && part["value"].is_number();
  std::string figure = "-";
  if (has_value) {
    const int samples = part.value("samples", 0);
    figure = claim_number(part["value"]);
    figure += part["low"] == part["high"]
                  ? fmt::format("<span class=\"sub\">{}</span>",
                                samples == 1 ? "counted once" : fmt::format("{} samples", samples))
                  : fmt::format("<span class=\"sub\">{} to {}, {} samples</span>",
                                claim_number(part["low"]), claim_number(part["high"]), samples);
  }
  return fmt::format(
      "<tr class=\"part\"><td></td><td class=\"text long\">{}<span "
      "class=\"sub\"><code>{}</code></span></td>"
      "<td class=\"text\">{}</td><td>{}</td><td class=\"text\">{}</td></tr>",
      text_of(part, "what"), escape_html(claim_part_source(part)), escape_html(claim_bound(part)),
      figure,
      verdict_mark(text_of(part, "verdict")) +
          (part.contains("detail") ? "<span class=\"sub\">" + text_of(part, "detail") + "</span>"
                                   : ""));
}

std::string claim_rows(const Json& claim) {
  const std::string who = text_of(claim, "who");
  const std::string note = text_of(claim, "note");
  const std::string command = text_of(claim, "command");
  std::string html = fmt::format(
      "<tr id=\"claim-{0}\"><td>{0}</td><td class=\"text long\" colspan=\"3\"><strong>{1}</strong>"
      "<span class=\"sub\">{2}</span></td><td class=\"text\">{3}</td></tr>",
      text_of(claim, "id"), text_of(claim, "claim"), who, verdict_mark(text_of(claim, "verdict")));
  if (claim.contains("parts")) {
    for (const Json& part : claim["parts"]) {
      html += part_row(part);
    }
  }
  if (!note.empty() || !command.empty()) {
    html += fmt::format(
        "<tr class=\"part last\"><td></td><td class=\"text long\" colspan=\"4\">{}"
        "<span class=\"sub\">{}</span></td></tr>",
        note, command.empty() ? "" : "Again: <code>" + command + "</code>");
  }
  return html;
}

// One table for each probe: its figures in rows, its points and programs in columns.
std::string probe_table(const Results& results, const WorkloadNote& probe) {
  const PointLabels labels(probe, false);
  struct Column {
    PointKey point;
    std::string variant;
  };
  std::vector<Column> columns;
  std::vector<std::string> metrics;
  for (const SummaryRow& row : results.summary) {
    if (row.point.workload != probe.name) {
      continue;
    }
    const auto is_it = [&](const Column& column) {
      return column.point == row.point && column.variant == row.variant;
    };
    if (std::none_of(columns.begin(), columns.end(), is_it)) {
      columns.push_back({row.point, row.variant});
    }
    if (std::find(metrics.begin(), metrics.end(), row.metric) == metrics.end()) {
      metrics.push_back(row.metric);
    }
  }
  if (columns.empty()) {
    return "";
  }
  std::string html = fmt::format(
      "<h3>{}</h3><p class=\"soft\">{}{}</p><div class=\"wide\"><table><thead><tr>"
      "<th scope=\"col\">Figure</th>",
      escape_html(probe.name), escape_html(capitalized(probe.summary)),
      probe.exact ? "; counts that no noise moves, taken once" : "");
  for (const Column& column : columns) {
    html += fmt::format("<th scope=\"col\">{}<span class=\"sub\">{}</span></th>",
                        escape_html(column.variant), escape_html(labels.label(column.point)));
  }
  html += "</tr></thead><tbody>";
  for (const std::string& metric : metrics) {
    html += "<tr><th scope=\"row\">" + escape_html(metric) + "</th>";
    for (const Column& column : columns) {
      const SummaryRow* row = find_summary(results, column.point, column.variant, metric);
      html += row == nullptr
                  ? std::string("<td>-</td>")
                  : fmt::format("<td>{} <span class=\"sub\">{}</span></td>",
                                short_number(row->median.value) +
                                    (row->unit.empty() ? "" : " " + escape_html(row->unit)),
                                spread_text(row->median, row->n));
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

}  // namespace

std::string html_claims(const Results& results) {
  if (results.claims.empty()) {
    return "";
  }
  std::string html = fmt::format(
      "<h2 id=\"claims\">What is said of the two models, put to the test</h2><p>{}</p>"
      "<p class=\"soft\">Figure, direction and threshold of each claim were fixed before this "
      "run. Supported and refuted: the whole 95 % interval lies on that side of the threshold.</p>"
      "<div class=\"wide\"><table><thead><tr><th scope=\"col\">No.</th>"
      "<th class=\"text\" scope=\"col\">Claim, and what was measured</th>"
      "<th class=\"text\" scope=\"col\">Claimed</th><th scope=\"col\">Seen</th>"
      "<th class=\"text\" scope=\"col\">Verdict</th></tr></thead><tbody>",
      escape_html(capitalized(claims_sentence(results))));
  for (const Json& claim : results.claims) {
    html += claim_rows(claim);
  }
  return html + "</tbody></table></div>";
}

std::string html_probes(const Results& results) {
  std::string tables;
  for (const WorkloadNote& probe : results.probes) {
    tables += probe_table(results, probe);
  }
  return tables.empty()
             ? ""
             : "<details id=\"probes\"><summary>The probes behind the claims: figures of "
               "the machine, of compilers, and of single tasks</summary>" +
                   tables + "</details>";
}

}  // namespace twofold::compare
