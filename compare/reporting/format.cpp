#include "reporting/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace twofold::compare {
namespace {

struct Scale {
  double at_least;
  double divisor;
  const char* unit;
};

constexpr std::array kTimeScales = {Scale{1e9, 1e9, "s"}, Scale{1e6, 1e6, "ms"},
                                    Scale{1e3, 1e3, "µs"}, Scale{0, 1, "ns"}};
constexpr std::array kMemoryScales = {Scale{1e9, 1e9, "GB"}, Scale{1e7, 1e6, "MB"},
                                      Scale{1e5, 1e3, "kB"}, Scale{0, 1, "B"}};
constexpr std::array kRateScales = {Scale{1e7, 1e6, "M/s"}, Scale{1e4, 1e3, "k/s"},
                                    Scale{0, 1, "/s"}};

template <std::size_t N>
std::string scaled(double value, const std::array<Scale, N>& scales) {
  for (const Scale& scale : scales) {
    if (std::abs(value) >= scale.at_least) {
      return short_number(value / scale.divisor) + " " + scale.unit;
    }
  }
  return short_number(value);
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        // Control characters are not allowed in HTML at all.
        escaped += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return escaped;
}

std::string escape_markdown(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      escaped += ' ';
    } else {
      if (std::string_view("\\|`*[]#!").find(c) != std::string_view::npos) {
        escaped += '\\';
      }
      escaped += c;
    }
  }
  return escaped;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') {
      quoted += '"';
    }
  }
  return quoted + '"';
}

std::string plain_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return line;
}

std::string grouped(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::ptrdiff_t first = value < 0 ? 1 : 0;
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > first; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string short_number(double value) {
  if (!std::isfinite(value)) {
    return "-";
  }
  const double size = std::abs(value);
  if (size >= 999.5) {
    return grouped(std::llround(value));
  }
  // Rounding may carry into the next digit: 9.996 is "10.0", not "10.00".
  const int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.0995 || size == 0 ? 2 : 4;
  return fmt::format("{:.{}f}", value, size == 0 ? 0 : decimals);
}

MetricNote metric_note(const std::string& metric) {
  static const std::map<std::string, MetricNote> notes = {
      {"ns_per_op", {"time per operation", MetricKind::kTime, 1, "ns"}},
      // A second for a million operations is a microsecond for each.
      {"cpu_s_per_mop", {"server CPU per operation", MetricKind::kTime, 1e3, "ns"}},
      {"client_cpu_s_per_mop", {"client CPU per operation", MetricKind::kTime, 1e3, "ns"}},
      {"p50_us", {"latency, median", MetricKind::kTime, 1e3, "ns"}},
      {"p99_us", {"latency, 99th percentile", MetricKind::kTime, 1e3, "ns"}},
      {"p999_us", {"latency, 99.9th percentile", MetricKind::kTime, 1e3, "ns"}},
      {"max_us", {"latency, largest", MetricKind::kTime, 1e3, "ns"}},
      {"bytes_per_task", {"memory per task", MetricKind::kMemory, 1, "B"}},
      {"bytes_per_connection", {"memory per connection", MetricKind::kMemory, 1, "B"}},
      {"offered_per_second", {"requests offered", MetricKind::kRate, 1, "/s"}},
      {"saturation_per_second", {"saturation", MetricKind::kRate, 1, "/s"}},
      {"generator_late_us", {"latest send of the load", MetricKind::kTime, 1e3, "ns"}},
      {"left_out_percent", {"answers left out, in %", MetricKind::kCount, 1, ""}},
      {"rss_bytes", {"peak resident memory", MetricKind::kMemory, 1, "B"}},
      {"ops_per_second", {"throughput", MetricKind::kRate, 1, "/s"}},
      {"allocs_per_op", {"allocations per operation", MetricKind::kCount, 1, ""}},
      {"context_switches_per_op", {"context switches per operation", MetricKind::kCount, 1, ""}},
      {"server_cores_busy", {"cores kept busy by the server", MetricKind::kCount, 1, ""}},
      {"client_cores_busy", {"cores kept busy by the client", MetricKind::kCount, 1, ""}}};
  const auto found = notes.find(metric);
  return found != notes.end() ? found->second : MetricNote{metric, MetricKind::kCount, 1, ""};
}

std::string quantity(const std::string& metric, double value) {
  if (!std::isfinite(value)) {
    return "-";
  }
  const MetricNote note = metric_note(metric);
  switch (note.kind) {
    case MetricKind::kTime:
      return scaled(value * note.scale, kTimeScales);
    case MetricKind::kMemory:
      return scaled(value * note.scale, kMemoryScales);
    case MetricKind::kRate:
      return scaled(value * note.scale, kRateScales);
    case MetricKind::kCount:
      break;
  }
  return short_number(value);
}

std::string tick_text(const std::string& metric, double value) {
  std::string text = quantity(metric, value);
  const std::size_t end = std::min(text.find(' '), text.size());
  if (text.find('.') < end) {
    std::size_t last = end;
    while (text[last - 1] == '0') {
      --last;
    }
    last -= text[last - 1] == '.' ? 1 : 0;
    text.erase(last, end - last);
  }
  return value == 0 ? "0" : text;
}

std::string ratio_text(double ratio) {
  // Two digits are enough for what is far below 1.
  return (ratio > 0 && ratio < 0.0995 ? fmt::format("{:.2g}", ratio) : short_number(ratio)) + "×";
}

std::string spread_text(const Estimate& estimate, std::size_t samples) {
  const double half_percent = (estimate.high - estimate.low) / 2 / estimate.value * 100;
  if (samples < 2 || !std::isfinite(half_percent)) {
    return "";
  }
  return fmt::format("±{:.{}f} %", half_percent, half_percent < 1 ? 1 : 0);
}

std::string interval_text(const Estimate& ratio) {
  return short_number(ratio.low) + " to " + short_number(ratio.high);
}

std::string better_word(const std::string& metric) {
  switch (metric_note(metric).kind) {
    case MetricKind::kTime:
    case MetricKind::kRate:
      return "faster";
    case MetricKind::kMemory:
      return "smaller";
    case MetricKind::kCount:
      break;
  }
  return "lower";
}

std::string verdict_words(Verdict verdict, const std::string& metric) {
  const MetricKind kind = metric_note(metric).kind;
  if (verdict == Verdict::kFaster) {
    return better_word(metric);
  }
  if (verdict == Verdict::kSlower && kind == MetricKind::kMemory) {
    return "larger";
  }
  return verdict == Verdict::kSlower && kind == MetricKind::kCount ? "higher"
                                                                   : verdict_name(verdict);
}

std::int64_t param_of(const PointKey& point, const std::string& name, std::int64_t fallback) {
  for (const auto& [key, value] : point.params) {
    if (key == name) {
      return value;
    }
  }
  return fallback;
}

PointLabels::PointLabels(const WorkloadNote& workload, bool show_workers)
    : axis_(workload.axis), show_workers_(show_workers) {
  if (workload.points.empty()) {
    return;
  }
  const auto count_names = [&](const std::vector<std::string>& names) {
    std::set<std::vector<std::int64_t>> distinct;
    for (const Parameters& params : workload.points) {
      const PointKey point{"", params, 1};
      std::vector<std::int64_t> values{param_of(point, axis_)};
      for (const std::string& name : names) {
        values.push_back(param_of(point, name));
      }
      distinct.insert(values);
    }
    return distinct.size();
  };
  std::size_t known = count_names(names_);
  for (const auto& [name, value] : workload.points.front()) {
    std::vector<std::string> longer = names_;
    longer.push_back(name);
    const std::size_t told_apart = count_names(longer);
    // Without an axis a single point is still named by what it is.
    const bool is_only_name = axis_.empty() && workload.points.size() == 1;
    if (name != axis_ && (told_apart > known || is_only_name)) {
      names_ = std::move(longer);
      known = told_apart;
    }
  }
}

std::string PointLabels::join(const PointKey& point, bool axis, bool chosen, bool others) const {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (axis && !axis_.empty()) {
    add(axis_ + " " + grouped(param_of(point, axis_)));
  }
  for (const auto& [name, value] : point.params) {
    const bool is_chosen = std::find(names_.begin(), names_.end(), name) != names_.end();
    if (name != axis_ && (is_chosen ? chosen : others)) {
      add(name + " " + grouped(value));
    }
  }
  if (chosen && show_workers_) {
    add(fmt::format("{} worker{}", point.workers, point.workers == 1 ? "" : "s"));
  }
  return text;
}

std::string PointLabels::label(const PointKey& point) const {
  const std::string text = join(point, true, true, false);
  return text.empty() ? "all" : text;
}
std::string PointLabels::series(const PointKey& point) const {
  return join(point, false, true, false);
}
std::string PointLabels::axis_label(const PointKey& point) const {
  return join(point, true, false, false);
}
std::string PointLabels::rest(const PointKey& point) const {
  return join(point, false, false, true);
}

}  // namespace twofold::compare
