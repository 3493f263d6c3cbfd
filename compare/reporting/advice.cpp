#include "reporting/advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reporting/format.hpp"

namespace twofold::compare {
namespace {

constexpr int kNameWidth = 58;
constexpr int kColumnWidth = 14;

std::string row(const std::string& name, const std::string& first, const std::string& second) {
  return fmt::format("  {:<{}}{:>{}}{:>{}}\n", name, kNameWidth, first, kColumnWidth, second,
                     kColumnWidth);
}

std::string plain(double value) {
  return value >= 100 ? grouped(static_cast<std::int64_t>(std::llround(value)))
                      : fmt::format("{:.1f}", value);
}

// Terms that are nothing for both are left out.
std::string terms(const std::vector<Term>& first, const std::vector<Term>& second) {
  std::string text;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].value() == 0 && second[i].value() == 0) {
      continue;
    }
    const std::string name =
        first[i].factor == 1
            ? first[i].name
            : fmt::format("{} ({} x {} or {})", first[i].name, short_number(first[i].factor),
                          short_number(first[i].coefficient), short_number(second[i].coefficient));
    if (name.size() < kNameWidth) {
      text += row(name, plain(first[i].value()), plain(second[i].value()));
    } else {
      text +=
          fmt::format("  {}\n", name) + row("", plain(first[i].value()), plain(second[i].value()));
    }
  }
  return text;
}

std::string error_text(const Formula& formula) {
  return fmt::format("+-{:.0f} %", formula.typical_error * 100);
}

std::string bytes_text(double bytes) {
  return bytes >= 1e9   ? fmt::format("{:.2f} GB", bytes / 1e9)
         : bytes >= 1e6 ? fmt::format("{:.1f} MB", bytes / 1e6)
                        : fmt::format("{:.1f} kB", bytes / 1e3);
}

std::string cores_text(double cores) {
  return cores >= 1 ? fmt::format("{:.2f} cores", cores) : fmt::format("{:.3f} %", cores * 100);
}

}  // namespace

std::string cheaper_text(const std::string& first_name, double first, double first_error,
                         const std::string& second_name, double second, double second_error) {
  const double ratio = std::max(first, second) / std::min(first, second);
  const double doubt = std::hypot(first_error, second_error);
  if (!(ratio - 1 > doubt)) {
    return fmt::format("no difference that the model can tell ({:.0f} % apart, error {:.0f} %)",
                       (ratio - 1) * 100, doubt * 100);
  }
  return fmt::format("{} costs {} less", first < second ? first_name : second_name,
                     ratio < 2 ? fmt::format("{:.0f} %", (1 - 1 / ratio) * 100)
                               : fmt::format("{:.1f} times", ratio));
}

std::string advice(const Question& question, const CostModel& first, const CostModel& second) {
  const Work& work = question.work;
  const double first_ns = first.ns_per_request(work);
  const double second_ns = second.ns_per_request(work);
  const double first_bytes = first.bytes_per_task(work);
  const double second_bytes = second.bytes_per_task(work);
  std::string text = fmt::format(
      "{} tasks, each waiting {} calls deep and holding {} bytes; I/O with {:.0f} % of the waits\n",
      grouped(static_cast<std::int64_t>(work.tasks)),
      grouped(static_cast<std::int64_t>(work.depth)),
      grouped(static_cast<std::int64_t>(work.live_bytes)), work.io_share * 100);

  text += "\nCPU, nanoseconds for each wait\n" + row("", first.variant(), second.variant());
  text += terms(first.time_terms(work), second.time_terms(work));
  text += row("together", plain(first_ns), plain(second_ns));
  text += row("error of the model", error_text(first.time()), error_text(second.time()));
  const double rate = question.requests_per_second;
  if (question.has_rate) {
    text += row(
        fmt::format("x {} waits a second, of one core", grouped(static_cast<std::int64_t>(rate))),
        cores_text(first_ns * 1e-9 * rate), cores_text(second_ns * 1e-9 * rate));
  }

  text += "\nMemory, bytes for each task\n" + row("", first.variant(), second.variant());
  text += terms(first.memory_terms(work), second.memory_terms(work));
  text += row("together", plain(first_bytes), plain(second_bytes));
  text += row("error of the model", error_text(first.memory()), error_text(second.memory()));
  text += row(fmt::format("x {} tasks", grouped(static_cast<std::int64_t>(work.tasks))),
              bytes_text(first_bytes * work.tasks), bytes_text(second_bytes * work.tasks));

  text += fmt::format("\nCPU:    {}.\nMemory: {}.\n",
                      cheaper_text(first.variant(), first_ns, first.time().typical_error,
                                   second.variant(), second_ns, second.time().typical_error),
                      cheaper_text(first.variant(), first_bytes, first.memory().typical_error,
                                   second.variant(), second_bytes, second.memory().typical_error));
  const double cores = std::abs(first_ns - second_ns) * 1e-9 * rate;
  constexpr double kFewCores = 0.01;
  if (question.has_rate && cores < kFewCores) {
    text += fmt::format(
        "At this rate the two differ by {} of a core: choose by memory, or by what is easier to "
        "write.\n",
        cores_text(cores));
  }
  constexpr double kDeepest = 64;
  if (const auto crossing = find_crossover(first, second, work, "depth", 1, kDeepest, false)) {
    text += fmt::format(
        "With all else as it is, CPU costs cross at depth {:.0f}: {} below, {} above.\n",
        crossing->at, crossing->cheaper_below, crossing->cheaper_above);
  }
  return text;
}

}  // namespace twofold::compare
