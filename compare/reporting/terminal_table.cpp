#include "reporting/terminal_table.hpp"

#include <fmt/format.h>

#include <sstream>

#include "reporting/claims.hpp"
#include "reporting/findings.hpp"
#include "reporting/format.hpp"
#include "reporting/prose.hpp"
#include "reporting/reproduction.hpp"
#include "reporting/summary.hpp"

namespace twofold::compare {
namespace {

class Palette {
 public:
  explicit Palette(bool on) : on_(on) {}

  [[nodiscard]] std::string bold(const std::string& text) const { return wrap("1", text); }
  [[nodiscard]] std::string dim(const std::string& text) const { return wrap("2", text); }
  [[nodiscard]] std::string good(const std::string& text) const { return wrap("32", text); }
  [[nodiscard]] std::string bad(const std::string& text) const { return wrap("31", text); }

 private:
  [[nodiscard]] std::string wrap(const char* code, const std::string& text) const {
    return on_ && !text.empty() ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
  }
  bool on_;
};

std::string verdict_text(const RatioRow& row, const Palette& palette) {
  const std::string words = verdict_words(row.verdict, row.metric);
  return row.verdict == Verdict::kFaster   ? palette.good(words)
         : row.verdict == Verdict::kSlower ? palette.bad(words)
                                           : palette.dim(words);
}

std::string figure_line(const Results& results, const PointKey& point, const std::string& variant,
                        const std::string& metric, const std::vector<Trouble>& troubles,
                        const Palette& palette) {
  const std::string name = fmt::format("    {:<22}", plain_line(variant));
  if (const Trouble* trouble = trouble_at(troubles, point, variant)) {
    constexpr std::size_t kRoom = 58;
    const std::string detail = plain_line(trouble->detail);
    const std::string status = trouble->variant.empty() ? "withheld" : trouble->status;
    return fmt::format("{}{}  {}\n", name,
                       is_failure(*trouble) ? palette.bad(status) : palette.dim(status),
                       detail.size() > kRoom ? detail.substr(0, kRoom) + "..." : detail);
  }
  const SummaryRow* row = find_summary(results, point, variant, metric);
  if (row == nullptr) {
    return "";
  }
  std::string line = fmt::format("{}{:>11}  {:>7}", name, quantity(metric, row->median.value),
                                 spread_text(row->median, row->n));
  if (const RatioRow* ratio = find_ratio(results, point, variant, metric)) {
    line += fmt::format("  {:>8}  {:<18} {}", ratio_text(ratio->ratio.value),
                        "[" + interval_text(ratio->ratio) + "]", verdict_text(*ratio, palette));
  } else if (variant == results.reference) {
    line += fmt::format("  {:>8}", "1") + palette.dim("  the reference");
  }
  return line + "\n";
}

std::string workload_block(const Results& results, const WorkloadNote& workload,
                           const std::vector<Trouble>& troubles, const Palette& palette) {
  const PointLabels labels(workload, has_several_workers(results, workload.name));
  std::string text =
      fmt::format("\n{}  {}\n", palette.bold(plain_line(workload.name)),
                  palette.dim(fmt::format("{}: {}, {} is better", plain_line(workload.summary),
                                          metric_note(workload.metric).title,
                                          more_is_better(workload.metric) ? "more" : "less")));
  for (const PointKey& point : points_of(results, workload)) {
    text += "  " + plain_line(labels.label(point)) + "\n";
    for (const std::string& variant : variants_of(results, workload.name)) {
      text += figure_line(results, point, variant, workload.metric, troubles, palette);
    }
  }
  return text;
}

// Breaks a sentence at blanks, so that it fits a terminal of a hundred columns; further lines are
// indented.
std::string fold(const std::string& sentence, std::size_t indent) {
  constexpr std::size_t kColumns = 100;
  std::string text;
  std::size_t column = indent;
  std::istringstream words(sentence);
  for (std::string word; words >> word;) {
    // Counted in bytes: a little early for the few characters that take more than one.
    if (column > indent && column + 1 + word.size() > kColumns) {
      text += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      text += ' ';
      ++column;
    }
    text += word;
    column += word.size();
  }
  return text;
}

std::string failures(const std::vector<Trouble>& troubles, const Palette& palette) {
  std::string text;
  for (const std::string& line : failure_lines(troubles)) {
    text += "  " + palette.bad(plain_line(line)) + "\n";
  }
  return text.empty() ? "" : "\n" + palette.bold("What failed") + "\n" + text;
}

std::string verdicts(const Results& results, const Palette& palette) {
  std::string text;
  for (const Pairing& pairing : pairings(results)) {
    const std::vector<WorkloadFinding> findings = judge_all(results, pairing);
    text += "\n" +
            palette.bold(fmt::format("{} against {}", pairing.contender, pairing.reference)) + "\n";
    for (const WorkloadFinding& finding : findings) {
      text +=
          fmt::format("  {:<20} {}\n", plain_line(finding.workload), fold(finding.sentence, 23));
    }
    text += "  " + palette.bold(fold(plain_line(headline(findings)), 2)) + "\n";
  }
  return text;
}

}  // namespace

std::string terminal_table(const Results& results, bool with_colour) {
  const Palette palette(with_colour);
  const std::vector<Trouble> troubles = find_troubles(results);
  std::string text;
  for (const WorkloadNote& workload : results.workloads) {
    text += workload_block(results, workload, troubles, palette);
  }
  text += failures(troubles, palette) + verdicts(results, palette);
  for (const BaselineRow* row : regressions(results)) {
    text += fmt::format("  {} {} {}: {} of the earlier run\n", palette.bad("regression"),
                        plain_line(row->point.workload), plain_line(row->variant),
                        ratio_text(row->ratio.value));
  }
  if (const std::string sentence = reproduction_sentence(results); !sentence.empty()) {
    text += "  " + palette.bold(fold(sentence, 2)) + "\n";
    for (const std::string& line : reproduction_lines(results)) {
      text += "    " + fold(plain_line(line), 6) + "\n";
    }
  }
  if (const std::string claims = claims_sentence(results); !claims.empty()) {
    text += "  " + fold(claims, 2) + "\n";
    for (const std::string& line : claims_lines(results)) {
      text += "    " + fold(line, 25) + "\n";
    }
  }
  text += "  " + palette.dim(fold(judge_control(results).sentence, 2)) + "\n";
  for (const std::string& caution : cautions(results)) {
    text += "  Note: " + fold(caution, 8) + "\n";
  }
  return text;
}

}  // namespace twofold::compare
