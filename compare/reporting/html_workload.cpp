// One workload's section of the HTML report: verdict, plots, tables, the command that repeats it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reporting/findings.hpp"
#include "reporting/format.hpp"
#include "reporting/html_report.hpp"
#include "reporting/plots.hpp"

namespace twofold::compare {
namespace {

std::string status_cell(const Trouble& trouble) {
  const bool is_limit = !is_failure(trouble);
  return fmt::format("<td><span class=\"status{}\" title=\"{}\">{}</span></td>",
                     is_limit ? " limit" : "", escape_html(trouble.detail),
                     escape_html(trouble.variant.empty() ? "withheld" : trouble.status));
}

std::string ratio_line(const RatioRow& row) {
  const bool is_better = row.verdict == Verdict::kFaster;
  const bool is_worse = row.verdict == Verdict::kSlower;
  return fmt::format(
      "<span class=\"sub{}\" title=\"95 % interval {}, p = {:.2g}, claimed from {:.0f} % on\">"
      "{}</span>",
      is_better  ? " better"
      : is_worse ? " worse"
                 : "",
      interval_text(row.ratio), row.p, row.threshold * 100, escape_html(claim_text(row)));
}

std::string figure_cell(const Results& results, const PointKey& point, const std::string& variant,
                        const std::string& metric, const std::vector<Trouble>& troubles) {
  if (const Trouble* trouble = trouble_at(troubles, point, variant)) {
    return status_cell(*trouble);
  }
  const SummaryRow* row = find_summary(results, point, variant, metric);
  if (row == nullptr) {
    return "<td>-</td>";
  }
  const RatioRow* ratio = find_ratio(results, point, variant, metric);
  std::string spread = spread_text(row->median, row->n);
  spread += spread.empty() ? "" : ", ";
  return fmt::format("<td{}>{} <span class=\"sub\">{}n {}</span>{}</td>",
                     variant == control_name(results.reference) ? " class=\"control\"" : "",
                     quantity(metric, row->median.value), spread, row->n,
                     ratio != nullptr ? ratio_line(*ratio) : "");
}

std::string metric_table(const Results& results, const WorkloadNote& workload,
                         const std::string& metric, const std::vector<Trouble>& troubles) {
  const PointLabels labels(workload, has_several_workers(results, workload.name));
  const std::vector<std::string> variants = variants_of(results, workload.name);
  const MetricNote note = metric_note(metric);
  std::string html = fmt::format(
      "<div class=\"wide\"><table><caption>{}; {} is better. Below each median: half-width of "
      "its 95 % interval, samples, comparison with {}.</caption><thead><tr><th "
      "scope=\"col\">Point</th>",
      escape_html(capitalized(note.title)), more_is_better(metric) ? "more" : "less",
      escape_html(results.reference));
  for (const std::string& variant : variants) {
    html += fmt::format("<th scope=\"col\"{}>{}</th>",
                        variant == control_name(results.reference) ? " class=\"control\"" : "",
                        escape_html(variant));
  }
  html += "</tr></thead><tbody>";
  for (const PointKey& point : points_of(results, workload)) {
    html += fmt::format("<tr><th scope=\"row\">{}<span class=\"sub\">{}</span></th>",
                        escape_html(labels.label(point)), escape_html(labels.rest(point)));
    for (const std::string& variant : variants) {
      html += figure_cell(results, point, variant, metric, troubles);
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div>\n";
}

// The other figures that the workload gave, in the order in which they came.
std::vector<std::string> other_metrics(const Results& results, const WorkloadNote& workload) {
  std::vector<std::string> metrics;
  for (const Sample& sample : results.samples) {
    if (sample.point.workload == workload.name && sample.status == "ok" &&
        sample.metric != workload.metric &&
        std::find(metrics.begin(), metrics.end(), sample.metric) == metrics.end()) {
      metrics.push_back(sample.metric);
    }
  }
  return metrics;
}

std::string plots(const Results& results, const WorkloadNote& workload) {
  std::string html;
  for (const std::string& plot : sweep_plots(results, workload, workload.metric)) {
    html += plot;
  }
  for (const std::string& plot : bar_plots(results, workload, workload.metric)) {
    html += plot;
  }
  const std::vector<std::string> latencies = latency_plots(results, workload);
  if (!latencies.empty()) {
    html += "<h3>Latency</h3>";
  }
  for (const std::string& plot : latencies) {
    html += plot;
  }
  return html;
}

}  // namespace

std::string capitalized(std::string sentence) {
  if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z') {
    sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  }
  return sentence;
}

std::string html_anchor(const std::string& workload) {
  std::string anchor = "w-";
  for (const char c : workload) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    anchor += is_plain ? c : '-';
  }
  return anchor;
}

std::string html_workload(const Results& results, const WorkloadNote& workload,
                          const std::vector<Trouble>& troubles) {
  std::string html = fmt::format("<section id=\"{}\"><h2>{}</h2><p class=\"soft\">{}</p>",
                                 html_anchor(workload.name), escape_html(workload.name),
                                 escape_html(capitalized(workload.summary)));
  for (const Pairing& pairing : pairings(results)) {
    const WorkloadFinding finding = judge_workload(results, workload, pairing);
    html += "<p class=\"verdict\">" + escape_html(capitalized(finding.sentence)) + ".</p>";
  }
  for (const Trouble& trouble : troubles) {
    if (trouble.point.workload == workload.name && is_failure(trouble)) {
      html += fmt::format(
          "<div class=\"box bad\"><p><span class=\"status\">{}</span> {}: {}</p></div>",
          escape_html(trouble.status), escape_html(trouble.variant), escape_html(trouble.detail));
    }
  }
  html += plots(results, workload);
  html += metric_table(results, workload, workload.metric, troubles);
  if (const std::string slopes = slope_sentence(results, workload); !slopes.empty()) {
    html += "<p>" + escape_html(slopes) + ".</p>";
  }
  const std::vector<std::string> others = other_metrics(results, workload);
  if (!others.empty()) {
    html += "<details><summary>Other figures of this workload</summary>";
    for (const std::string& metric : others) {
      html += metric_table(results, workload, metric, troubles);
    }
    html += "</details>";
  }
  return html + "<p class=\"small soft\">Again: <code>" +
         escape_html(repeat_command(results, workload.name)) + "</code></p></section>\n";
}

}  // namespace twofold::compare
