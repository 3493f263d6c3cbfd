#include "twofold/debug/log.hpp"

#include <charconv>
#include <cstdio>
#include <string>

#include "twofold/debug/trace_file.hpp"
#include "twofold/debug/tracer.hpp"
#include "twofold/detail/atomic.hpp"

namespace twofold::detail {
namespace {

using std::chrono::milliseconds;

class TaskLog final : public Tracer {
 public:
  void spawned(const TaskEvent& event) noexcept override { write(event, "is spawned"); }
  void ended(const TaskEvent& event) noexcept override { write(event, "has ended"); }

 private:
  static void write(const TaskEvent& event, const char* what) noexcept {
    const bool has_name = event.name != nullptr;
    std::fprintf(stderr, "twofold: task %llu%s%s%s %s\n",
                 static_cast<unsigned long long>(event.task), has_name ? " \"" : "",
                 has_name ? event.name : "", has_name ? "\"" : "", what);
  }
};

// One for the process: its runtimes share the file, which is complete when the process ends.
Tracer& trace_file(const std::string& path) {
  static TraceFile file(path);
  return file;
}

Tracer& task_log() {
  static TaskLog* const log = new TaskLog;  // tasks may end later than static objects
  return *log;
}

void complain_once(std::string_view word) noexcept {
  static constinit Atomic<bool> has_complained{false};
  if (has_complained.exchange(true, std::memory_order_relaxed)) return;
  std::fprintf(stderr,
               "twofold: TWOFOLD_LOG has '%.*s'; it may have, separated by commas: stalls, "
               "stalls=MILLISECONDS, sigquit, tasks, metrics, trace=FILE\n",
               static_cast<int>(word.size()), word.data());
}

// "20" or "20ms"; zero where it is neither.
milliseconds parse_duration(std::string_view text) noexcept {
  if (text.ends_with("ms")) text.remove_suffix(2);
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return milliseconds(0);
  return milliseconds(value);
}

}  // namespace

LogSettings apply_log(RuntimeOptions options, const char* text) {
  constexpr milliseconds kDefaultStall{100};
  LogSettings settings{.options = options};
  std::string_view rest = text != nullptr ? text : "";
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(word.size() < rest.size() ? word.size() + 1 : word.size());
    const std::string_view key = word.substr(0, word.find('='));
    const std::string_view value =
        word.substr(key.size() < word.size() ? key.size() + 1 : key.size());
    const milliseconds threshold = value.empty() ? kDefaultStall : parse_duration(value);
    if (key == "stalls" && threshold != milliseconds(0)) {
      if (options.stall_threshold == milliseconds(0)) settings.options.stall_threshold = threshold;
    } else if (word == "sigquit") {
      settings.options.dump_on_sigquit = true;
    } else if (word == "metrics") {
      settings.metrics = true;
    } else if (word == "tasks") {
      if (options.tracer == nullptr) settings.options.tracer = &task_log();
    } else if (key == "trace" && !value.empty()) {
      if (options.tracer == nullptr) settings.options.tracer = &trace_file(std::string(value));
    } else if (!word.empty()) {
      complain_once(word);
    }
  }
  return settings;
}

}  // namespace twofold::detail
