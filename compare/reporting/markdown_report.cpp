#include "reporting/markdown_report.hpp"

#include <fmt/format.h>

#include "reporting/claims.hpp"
#include "reporting/dialect_cost.hpp"
#include "reporting/findings.hpp"
#include "reporting/format.hpp"
#include "reporting/html_crossovers.hpp"
#include "reporting/prose.hpp"
#include "reporting/reproduction.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {
namespace {

std::string row_of(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) {
    row += " " + cell + " |";
  }
  return row + "\n";
}

std::string head_of(const std::vector<std::string>& cells) {
  return row_of(cells) + row_of(std::vector<std::string>(cells.size(), "---"));
}

std::string figure(const Results& results, const PointKey& point, const std::string& variant,
                   const std::string& metric, const std::vector<Trouble>& troubles) {
  if (const Trouble* trouble = trouble_at(troubles, point, variant)) {
    return "**" + escape_markdown(trouble->variant.empty() ? "withheld" : trouble->status) + "**";
  }
  const SummaryRow* row = find_summary(results, point, variant, metric);
  if (row == nullptr) {
    return "-";
  }
  std::string cell = quantity(metric, row->median.value) + " " + spread_text(row->median, row->n);
  if (const RatioRow* ratio = find_ratio(results, point, variant, metric)) {
    cell += " (" + claim_text(*ratio) + ")";
  }
  return cell;
}

std::string workload_section(const Results& results, const WorkloadNote& workload,
                             const std::vector<Trouble>& troubles) {
  std::string text = fmt::format("\n## {}\n\n{}\n\n", escape_markdown(workload.name),
                                 escape_markdown(workload.summary));
  for (const Pairing& pairing : pairings(results)) {
    text += "**" + escape_markdown(judge_workload(results, workload, pairing).sentence) + ".**\n\n";
  }
  text += fmt::format("{} (`{}`), {} is better:\n\n", metric_note(workload.metric).title,
                      workload.metric, more_is_better(workload.metric) ? "more" : "less");
  const PointLabels labels(workload, has_several_workers(results, workload.name));
  const std::vector<std::string> variants = variants_of(results, workload.name);
  std::vector<std::string> head{"point"};
  for (const std::string& variant : variants) {
    head.push_back(escape_markdown(variant));
  }
  text += head_of(head);
  for (const PointKey& point : points_of(results, workload)) {
    std::vector<std::string> cells{escape_markdown(labels.label(point))};
    for (const std::string& variant : variants) {
      cells.push_back(figure(results, point, variant, workload.metric, troubles));
    }
    text += row_of(cells);
  }
  if (const std::string slopes = slope_sentence(results, workload); !slopes.empty()) {
    text += "\n" + escape_markdown(slopes) + ".\n";
  }
  return text + "\nAgain: <code>" + escape_markdown(repeat_command(results, workload.name)) +
         "</code>\n";
}

std::string missing_section(const Results& results, const std::vector<Trouble>& troubles) {
  std::string rows;
  for (const Trouble& trouble : troubles) {
    const WorkloadNote* workload = find_workload(results, trouble.point.workload);
    const std::string label =
        workload == nullptr ? "" : PointLabels(*workload, true).label(trouble.point);
    rows += row_of({escape_markdown(trouble.point.workload), escape_markdown(label),
                    escape_markdown(trouble.variant), escape_markdown(trouble.status),
                    escape_markdown(trouble.detail)});
  }
  for (const VariantNote& note : results.variants) {
    for (const auto& [workload, reason] : note.cannot) {
      rows += row_of({escape_markdown(workload), "all", escape_markdown(note.name), "not offered",
                      escape_markdown(reason)});
    }
    if (!note.available) {
      rows += row_of(
          {"all", "", escape_markdown(note.name), "not available", escape_markdown(note.reason)});
    }
  }
  return "\n## What has no figure, and why\n\n" +
         (rows.empty() ? std::string("Nothing: every variant ran every point.\n")
                       : head_of({"workload", "point", "variant", "status", "why"}) + rows);
}

std::string claims_section(const Results& results) {
  if (results.claims.empty()) {
    return "";
  }
  std::string text = "\n## Claims put to the test\n\n" +
                     head_of({"no.", "claim", "verdict", "metric", "interval", "command"});
  for (const Json& claim : results.claims) {
    std::vector<std::string> cells;
    for (const char* key : {"id", "claim", "verdict", "metric", "interval", "command"}) {
      const Json value = claim.value(key, Json());
      cells.push_back(escape_markdown(value.is_string() ? value.get<std::string>()
                                      : value.is_null() ? "-"
                                                        : value.dump()));
    }
    text += row_of(cells);
  }
  return text;
}

std::string baseline_section(const Results& results) {
  if (results.baseline.empty()) {
    return "";
  }
  std::string text =
      fmt::format("\n## Against an earlier run\n\n{} regressions of headline figures.\n\n",
                  regressions(results).size());
  for (const BaselineRow* row : regressions(results)) {
    text += fmt::format("- {} {}: {} ({})\n", escape_markdown(row->point.workload),
                        escape_markdown(row->variant), ratio_text(row->ratio.value),
                        interval_text(row->ratio));
  }
  text += "\n" + escape_markdown(reproduction_sentence(results)) + "\n\n";
  for (const std::string& line : reproduction_lines(results)) {
    text += "- " + escape_markdown(line) + "\n";
  }
  return text;
}

std::string list(const std::string& heading, const std::vector<std::string>& points) {
  std::string text = "\n## " + heading + "\n\n";
  for (const std::string& point : points) {
    text += "- " + escape_markdown(point) + "\n";
  }
  return text;
}

}  // namespace

std::string markdown_report(const Results& results) {
  const std::vector<Trouble> troubles = find_troubles(results);
  std::string text = "# twofold: stackless and stackful compared\n\n";
  for (const std::string& caution : cautions(results)) {
    text += "> " + escape_markdown(caution) + "\n\n";
  }
  for (const Pairing& pairing : pairings(results)) {
    const std::vector<WorkloadFinding> findings = judge_all(results, pairing);
    text += escape_markdown(headline(findings)) + "\n\n" + head_of({"workload", "verdict"});
    for (const WorkloadFinding& finding : findings) {
      text += row_of({escape_markdown(finding.workload), escape_markdown(finding.sentence)});
    }
    text += "\n";
  }
  if (const std::string claims = claims_sentence(results); !claims.empty()) {
    text += escape_markdown(claims) + ".\n\n";
  }
  if (const auto crossovers = crossover_sentences(results); !crossovers.empty()) {
    text += list("Which costs less, for your work", crossovers) +
            "\nWhat is not swept: 1,000 tasks, depth 4, 64 bytes held, no I/O.\n";
  }
  if (const std::string dialect = dialect_sentence(results); !dialect.empty()) {
    text += escape_markdown(dialect) + ".\n";
  }
  for (const WorkloadNote& workload : results.workloads) {
    text += workload_section(results, workload, troubles);
  }
  text += claims_section(results) + baseline_section(results) + missing_section(results, troubles);
  text += list("How it was measured", method_points(results));
  text += list("What could mislead you", threats(results));
  text += "\n## Where the figures come from\n\n" + head_of({"", ""});
  for (const auto& [name, value] : provenance(results)) {
    text += row_of({escape_markdown(name), escape_markdown(value)});
  }
  return text;
}

}  // namespace twofold::compare
