#include "reporting/prose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "reporting/findings.hpp"
#include "reporting/format.hpp"

namespace twofold::compare {
namespace {

std::string text_of(const Json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_array() || value.is_object()) {
    std::string text;
    for (const auto& [name, part] : value.items()) {
      text += (text.empty() ? "" : "; ") + (value.is_object() ? name + ": " : "") + text_of(part);
    }
    return text;
  }
  return value.is_null() ? "unavailable" : value.dump();
}

using ProcessKey = std::tuple<PointKey, std::string, int, int>;

// Each process once, though it gave several figures.
template <class Predicate>
std::size_t count_processes(const Results& results, Predicate&& wanted) {
  std::set<ProcessKey> processes;
  for (const Sample& sample : results.samples) {
    if (wanted(sample)) {
      processes.emplace(sample.point, sample.variant, sample.round, sample.attempt);
    }
  }
  return processes.size();
}

}  // namespace

std::vector<std::string> method_points(const Results& results) {
  const ControlFinding control = judge_control(results);
  return {
      "Every sample is a process of its own, in its own process group. Variants and points are "
      "interleaved: each round runs every one of them once, in a random order drawn from the seed.",
      "Every workload checks its own answer, and all variants of a point must give the same "
      "checksum; where they do not, no timing of that point is shown. A failure, crash or hang is "
      "a row of this report and never a figure.",
      fmt::format("Figures are medians over processes, never best-of. Intervals are 95 % "
                  "percentile bootstrap intervals by process, with {} resamples.",
                  kBootstrapResamples),
      fmt::format("An effect is claimed only when it is at least {:.0f} %, at least the half-width "
                  "of its ratio's interval, and at least the spread of the A/A control at that "
                  "point, and when a Mann-Whitney test gives p of 0.001 at most (where few samples "
                  "cannot give that: when they lie apart by the wider of their two spreads, with "
                  "fewer than five by twice that). \"No "
                  "difference\" means that the whole interval lies within {:.0f} % of 1; anything "
                  "else is \"noise-limited\".",
                  kSmallestEffect * 100, kEquivalenceMargin * 100),
      control.sentence,
      "Each of our programs is linked twice, with its objects in opposite orders; odd rounds run "
      "the "
      "second link, and the control the other one, so that the effect of layout is part of the "
      "noise that the control shows.",
      "What is claimed of the two models was written down with figure, direction and threshold "
      "before the run (compare/claims).",
      "A sample during which the hypervisor took time away or other programs kept cores busy is "
      "marked as disturbed and repeated up to twice. The decision never looks at the figure. The "
      "load average is logged with each sample.",
      "A workload with one worker runs pinned to one core, the driver on another. For servers, the "
      "server is pinned to core 0 and its load to core 1; \"CPU time\" is the server's own, and "
      "start-up and tear-down are outside of it.",
      "Latencies of closed loops measure the round trip of clients that wait for their answer. "
      "They understate what a stalled server does to independent clients.",
      "This report was made from results.json alone; ./compare/report makes it again. samples.csv "
      "holds every raw sample."};
}

std::vector<std::string> threats(const Results& results) {
  const Json machine = results.context.value("machine", Json::object());
  std::vector<std::string> list;
  if (machine.value("system", "") == "virtual machine") {
    list.emplace_back(
        "A virtual machine: page faults, timer interrupts and system calls cost several times what "
        "they cost on bare metal, and neighbours share caches and memory bandwidth.");
  }
  const int cores = machine.value("cores", 0);
  if (cores <= 2) {
    list.push_back(
        fmt::format("{} core{}: contention, stealing and server throughput with several workers "
                    "cannot be seen here.",
                    cores, cores == 1 ? "" : "s"));
  }
  list.insert(
      list.end(),
      {"Loopback: no network card, no interrupts of one, no loss, and the client's work competes "
       "for the same caches.",
       "Tiny handlers: what a task does between two suspensions is next to nothing, which shows "
       "the mechanism's cost larger than a real program would see it.",
       "One compiler decides: frame sizes and the cost of a coroutine differ between compilers and "
       "optimization levels. Variants of different compilers carry the compiler's name, and are "
       "measured against a reference of the same compiler.",
       "Layout of code moves figures by a few per cent between builds; two orders of linking are a "
       "small sample of all layouts, and baselines and peers have but one."});
  return list;
}

std::vector<std::pair<std::string, std::string>> provenance(const Results& results) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& [name, value] : results.context.items()) {
    if (name == "arguments") {
      continue;  // shown as the command to repeat
    }
    if (value.is_object()) {
      for (const auto& [part, inner] : value.items()) {
        rows.emplace_back(name + ": " + part, text_of(inner));
      }
    } else {
      rows.emplace_back(name, text_of(value));
    }
  }
  if (!results.context.contains("seed")) {
    rows.emplace_back("seed", std::to_string(results.seed));
  }
  rows.emplace_back("reference", results.reference);
  return rows;
}

std::vector<std::string> cautions(const Results& results) {
  std::vector<std::string> list;
  if (results.interrupted) {
    list.emplace_back(
        "This run was interrupted. The report shows what had finished by then; some variants have "
        "fewer samples than others.");
  }
  const std::size_t all = count_processes(results, [](const Sample&) { return true; });
  const std::size_t disturbed = count_processes(
      results, [](const Sample& sample) { return sample.used && sample.disturbed; });
  if (disturbed > 0) {
    list.push_back(fmt::format(
        "{} of {} samples were taken while something else used the machine, repetitions "
        "notwithstanding. Intervals are wider than they need be.",
        disturbed, all));
  }
  const ControlFinding control = judge_control(results);
  if (control.claims > 0) {
    list.push_back(control.sentence);
  }
  return list;
}

}  // namespace twofold::compare
