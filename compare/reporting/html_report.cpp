#include "reporting/html_report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "reporting/claims.hpp"
#include "reporting/dialect_cost.hpp"
#include "reporting/findings.hpp"
#include "reporting/format.hpp"
#include "reporting/html_claims.hpp"
#include "reporting/html_crossovers.hpp"
#include "reporting/plots.hpp"
#include "reporting/prose.hpp"
#include "reporting/reproduction.hpp"

namespace twofold::compare {
namespace {

std::string subtitle(const Results& results) {
  const Json machine = results.context.value("machine", Json::object());
  return fmt::format("{} run of {} on {}, {} cores, {}", results.context.value("size", "quick"),
                     results.context.value("started", "unknown date"),
                     machine.value("cpu", "unknown processor"), machine.value("cores", 0),
                     machine.value("kernel", "unknown kernel"));
}

std::string troubles_box(const std::vector<Trouble>& troubles) {
  std::string list;
  for (const std::string& line : failure_lines(troubles)) {
    const auto colon = line.find(':');
    list += fmt::format("<p><span class=\"status\">{}</span>{}</p>",
                        escape_html(line.substr(0, colon)), escape_html(line.substr(colon)));
  }
  return list.empty() ? ""
                      : "<div class=\"box bad\" role=\"alert\"><p><strong>Something failed. What "
                        "failed has no figures below.</strong></p>" +
                            list + "</div>";
}

std::string verdict_table(const Results& results, const std::vector<WorkloadFinding>& findings,
                          const Pairing& pairing) {
  const RatioScale scale = ratio_scale(findings);
  std::string html = fmt::format(
      "<div class=\"wide\"><table class=\"verdicts\"><thead><tr><th scope=\"col\">Workload</th>"
      "<th class=\"strip\" scope=\"col\">{}</th>"
      "<th class=\"text\" scope=\"col\">Verdict</th></tr></thead><tbody>",
      strip_header(pairing, scale));
  for (const WorkloadFinding& finding : findings) {
    html += fmt::format(
        "<tr><td><a href=\"#{}\"><strong>{}</strong></a><span class=\"sub\">{}</span></td>"
        "<td class=\"strip\">{}</td><td class=\"what\">{}</td></tr>",
        html_anchor(finding.workload), escape_html(finding.workload),
        escape_html(metric_note(finding.metric).title), ratio_strip(results, finding, scale),
        escape_html(finding.sentence));
  }
  return html +
         "</tbody></table></div><p class=\"small soft\">Each line is one point of the workload, "
         "its distance from the middle how many times the winner is better, its whisker the 95 % "
         "interval. Hollow grey: no difference is claimed. The grey band is 3 % to either "
         "side. In brackets above: the most that a winner is better by.</p>";
}

// "0.81× to 1.9×", or the one ratio, with the verdict where all points agree.
std::string matrix_cell(const Results& results, const WorkloadNote& workload,
                        const std::string& variant) {
  double low = HUGE_VAL;
  double high = 0;
  int count = 0;
  for (const PointKey& point : points_of(results, workload)) {
    if (const RatioRow* row = find_ratio(results, point, variant, workload.metric)) {
      low = std::min(low, cost_ratio(*row).value);
      high = std::max(high, cost_ratio(*row).value);
      ++count;
    }
  }
  if (count == 0) {
    return variant == results.reference ? "1" : "-";
  }
  const std::string least = ratio_text(low);
  const std::string most = ratio_text(high);
  return least == most ? most : least + " to " + most;
}

// Workloads in rows: there are more of them than of variants, and a page is higher than wide.
std::string matrix(const Results& results) {
  std::vector<const VariantNote*> shown;
  for (const VariantNote& note : results.variants) {
    if (note.available && note.kind != "probe" && note.kind != "native") {
      shown.push_back(&note);
    }
  }
  std::string html = fmt::format(
      "<h2 id=\"variants\">Every variant, against {}</h2><p class=\"soft\">Cost of each variant "
      "over its reference's, from the best of its points to the worst: below 1 it costs less, "
      "above 1 more. Ratios here include those that claim nothing.</p><div class=\"wide\"><table>"
      "<thead><tr><th scope=\"col\">Workload</th>",
      escape_html(results.reference));
  for (const VariantNote* note : shown) {
    html +=
        fmt::format("<th scope=\"col\"{}>{}</th>",
                    note->kind == "control" ? " class=\"control\"" : "", escape_html(note->name));
  }
  html += "</tr></thead><tbody>";
  for (const WorkloadNote& workload : results.workloads) {
    html += fmt::format("<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th>",
                        html_anchor(workload.name), escape_html(workload.name));
    for (const VariantNote* note : shown) {
      html += fmt::format("<td{}>{}</td>", note->kind == "control" ? " class=\"control\"" : "",
                          matrix_cell(results, workload, note->name));
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

std::string trouble_rows(const Results& results, const std::vector<Trouble>& troubles) {
  std::string rows;
  for (const Trouble& trouble : troubles) {
    const WorkloadNote* workload = find_workload(results, trouble.point.workload);
    const std::string label =
        workload == nullptr ? ""
                            : PointLabels(*workload, has_several_workers(results, workload->name))
                                  .label(trouble.point);
    rows += fmt::format(
        "<tr><td>{}</td><td class=\"text\">{}</td><td class=\"text\">{}</td><td class=\"text\">"
        "<span class=\"status{}\">{}</span></td><td class=\"text long\">{}</td></tr>",
        escape_html(trouble.point.workload), escape_html(label), escape_html(trouble.variant),
        is_failure(trouble) ? "" : " limit", escape_html(trouble.status),
        escape_html(trouble.detail));
  }
  for (const VariantNote& note : results.variants) {
    for (const auto& [workload, reason] : note.cannot) {
      rows += fmt::format(
          "<tr><td>{}</td><td class=\"text\">all</td><td class=\"text\">{}</td><td class=\"text\">"
          "<span class=\"status limit\">not offered</span></td><td class=\"text "
          "long\">{}</td></tr>",
          escape_html(workload), escape_html(note.name), escape_html(reason));
    }
    if (!note.available) {
      rows += fmt::format(
          "<tr><td>all</td><td class=\"text\"></td><td class=\"text\">{}</td><td class=\"text\">"
          "<span class=\"status limit\">not available</span></td><td class=\"text "
          "long\">{}</td></tr>",
          escape_html(note.name), escape_html(note.reason));
    }
  }
  return rows;
}

std::string trouble_section(const Results& results, const std::vector<Trouble>& troubles) {
  const std::string rows = trouble_rows(results, troubles);
  return "<h2 id=\"missing\">What has no figure, and why</h2>" +
         (rows.empty() ? std::string("<p>Nothing: every variant ran every point.</p>")
                       : "<div class=\"wide\"><table><thead><tr><th scope=\"col\">Workload</th>"
                         "<th class=\"text\" scope=\"col\">Point</th><th class=\"text\" "
                         "scope=\"col\">Variant</th><th class=\"text\" scope=\"col\">Status</th>"
                         "<th class=\"text\" scope=\"col\">Why</th></tr></thead><tbody>" +
                             rows + "</tbody></table></div>");
}

std::string baseline_section(const Results& results) {
  if (results.baseline.empty()) {
    return "";
  }
  std::string rows;
  for (const BaselineRow& row : results.baseline) {
    if (row.verdict != Verdict::kFaster && row.verdict != Verdict::kSlower) {
      continue;
    }
    const WorkloadNote* workload = find_workload(results, row.point.workload);
    rows += fmt::format(
        "<tr><td>{}</td><td class=\"text\">{}</td><td class=\"text\">{}</td><td class=\"text\">{}"
        "</td><td>{} <span class=\"sub\">{}</span></td><td class=\"text\">{}</td></tr>",
        escape_html(row.point.workload),
        escape_html(workload == nullptr ? "" : PointLabels(*workload, true).label(row.point)),
        escape_html(row.variant), escape_html(metric_note(row.metric).title),
        ratio_text(row.ratio.value), interval_text(row.ratio),
        escape_html(verdict_words(row.verdict, row.metric)));
  }
  std::string changes;
  for (const std::string& line : reproduction_lines(results)) {
    changes += "<li>" + escape_html(line) + "</li>";
  }
  return fmt::format(
             "<h2 id=\"baseline\">Against an earlier run</h2><p>{}</p><ul>{}</ul><p>{} "
             "regressions of headline figures. Changes of figures that are claimed:</p>",
             escape_html(reproduction_sentence(results)), changes, regressions(results).size()) +
         (rows.empty() ? "<p>None.</p>"
                       : "<div class=\"wide\"><table><thead><tr><th scope=\"col\">Workload</th>"
                         "<th class=\"text\" scope=\"col\">Point</th><th class=\"text\" "
                         "scope=\"col\">Variant</th><th class=\"text\" scope=\"col\">Figure</th>"
                         "<th scope=\"col\">Now / then</th><th class=\"text\" "
                         "scope=\"col\">Verdict</th></tr></thead><tbody>" +
                             rows + "</tbody></table></div>");
}

std::string list_section(const std::string& heading, const std::vector<std::string>& points) {
  std::string html = heading + "<ul>";
  for (const std::string& point : points) {
    html += "<li>" + escape_html(point) + "</li>";
  }
  return html + "</ul>";
}

std::string provenance_section(const Results& results) {
  std::string html =
      "<h2 id=\"provenance\">Where the figures come from</h2><div class=\"wide\">"
      "<table class=\"keys\"><tbody>";
  for (const auto& [name, value] : provenance(results)) {
    html += "<tr><td>" + escape_html(name) + "</td><td>" + escape_html(value) + "</td></tr>";
  }
  for (const VariantNote& note : results.variants) {
    if (note.available && note.kind != "control") {
      html += fmt::format(
          "<tr><td>variant: {}</td><td>{}</td></tr>", escape_html(note.name),
          escape_html(fmt::format("{}; {}{}{}", note.compiler, note.flags,
                                  note.stack.empty() ? "" : "; stack " + note.stack,
                                  note.switching.empty() ? "" : "; switch " + note.switching)));
    }
  }
  return html + "</tbody></table></div><p>To repeat the whole run:</p><pre><code>" +
         escape_html(command_line(results)) + "</code></pre>";
}

std::string verdicts(const Results& results) {
  std::string html;
  for (const Pairing& pairing : pairings(results)) {
    const std::vector<WorkloadFinding> findings = judge_all(results, pairing);
    if (!html.empty()) {
      html += fmt::format("<h3>{} and {}</h3>", escape_html(pairing.reference),
                          escape_html(pairing.contender));
    }
    html += "<p class=\"lead\">" + escape_html(capitalized(headline(findings))) + "</p>";
    html += verdict_table(results, findings, pairing);
  }
  return html.empty() ? "<p class=\"lead\">Nothing was measured that could be compared.</p>" : html;
}

std::string navigation(const Results& results) {
  std::string html = "<nav aria-label=\"Sections\">";
  for (const WorkloadNote& workload : results.workloads) {
    html += fmt::format("<a href=\"#{}\">{}</a> ", html_anchor(workload.name),
                        escape_html(workload.name));
  }
  return html +
         (crossover_sentences(results).empty() ? "" : "<a href=\"#crossovers\">crossovers</a> ") +
         (results.claims.empty() ? "" : "<a href=\"#claims\">claims</a> ") +
         "<a href=\"#missing\">what has no figure</a> <a href=\"#method\">method</a> "
         "<a href=\"#threats\">threats</a> <a href=\"#provenance\">provenance</a></nav>";
}

}  // namespace

std::string html_report(const Results& results) {
  const std::vector<Trouble> troubles = find_troubles(results);
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>twofold: stackless and stackful compared</title><style>" +
      std::string(html_style()) + "</style></head><body><main>\n<h1>Stackless or stackful?</h1>";
  html += "<p class=\"soft\">" + escape_html(subtitle(results)) + "</p>";
  for (const std::string& caution : cautions(results)) {
    html += "<div class=\"box note\"><p>" + escape_html(caution) + "</p></div>";
  }
  html += troubles_box(troubles) + verdicts(results);
  if (const std::string claims = claims_sentence(results); !claims.empty()) {
    html += fmt::format("<p>Of <a href=\"#claims\">what is said of the two models</a>, {}.</p>",
                        escape_html(claims));
  }
  html += navigation(results) + html_crossovers(results) + matrix(results);
  for (const WorkloadNote& workload : results.workloads) {
    html += html_workload(results, workload, troubles);
  }
  html += html_dialect(results) + html_claims(results) + html_probes(results) +
          baseline_section(results) + trouble_section(results, troubles);
  html += list_section("<h2 id=\"method\">How it was measured</h2>", method_points(results));
  html += list_section("<h2 id=\"threats\">What could mislead you</h2>", threats(results));
  return html + provenance_section(results) + "</main></body></html>\n";
}

}  // namespace twofold::compare
