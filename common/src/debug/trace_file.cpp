#include "twofold/debug/trace_file.hpp"

#include <cerrno>
#include <chrono>
#include <system_error>

namespace twofold {
namespace {

std::int64_t now_ns() noexcept {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Threads that are no workers share a lane behind all others.
constexpr std::uint32_t kOtherThreads = 0;
std::uint32_t lane_of(std::uint32_t worker) noexcept {
  return worker == TaskEvent::kNoWorker ? kOtherThreads : worker + 1;
}

// As a JSON string without its quotes.
std::string escaped(const char* text) {
  std::string out;
  for (; *text != '\0'; ++text) {
    const auto c = static_cast<unsigned char>(*text);
    if (c < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", c);
      out += code;
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += static_cast<char>(c);
    }
  }
  return out;
}

std::string label(const TaskEvent& event) {
  return event.name != nullptr ? escaped(event.name) : "task " + std::to_string(event.task);
}

// Allocation may fail in `write`: the event is lost then, and the program goes on.
template <class F>
void try_to_write(std::mutex& lock, std::int64_t began_ns, F&& write) noexcept {
  try {
    const std::lock_guard held(lock);
    write(static_cast<double>(now_ns() - began_ns) / 1e3);
  } catch (...) {
    return;
  }
}

}  // namespace

TraceFile::TraceFile(const std::string& path)
    : file_(std::fopen(path.c_str(), "we")), began_ns_(now_ns()) {
  if (file_ == nullptr) {
    throw std::system_error(errno, std::system_category(), "twofold: the trace file " + path);
  }
  std::fputs(
      "[\n{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"args\":{\"name\":\"twofold\"}}",
      file_.get());
}

TraceFile::~TraceFile() { std::fputs("\n]\n", file_.get()); }

TraceFile::Lane& TraceFile::lane(std::uint32_t worker) {
  const std::uint32_t index = lane_of(worker);
  if (lanes_.size() <= index) lanes_.resize(index + 1);
  Lane& found = lanes_[index];
  if (!found.is_named) {
    found.is_named = true;
    const std::string name =
        index == kOtherThreads ? "other threads" : "worker " + std::to_string(worker);
    std::fprintf(
        file_.get(),
        ",\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":%u,\"args\":{\"name\":"
        "\"%s\"}}",
        index, name.c_str());
  }
  return found;
}

void TraceFile::write(const char* phase, const TaskEvent& event, const char* category,
                      const char* name, double time_us, double duration_us) {
  std::fprintf(file_.get(),
               ",\n{\"name\":\"%s\",\"cat\":\"%s\",\"ph\":\"%s\",\"pid\":1,\"tid\":%u,\"ts\":%.3f",
               name, category, phase, lane_of(event.worker), time_us);
  switch (*phase) {
    case 'X':
      std::fprintf(file_.get(), ",\"dur\":%.3f", duration_us);
      break;
    case 'i':
      std::fputs(",\"s\":\"t\"", file_.get());
      break;
    case 'f':
      std::fprintf(file_.get(), ",\"bp\":\"e\",\"id\":%llu",
                   static_cast<unsigned long long>(event.task));
      break;
    default:
      std::fprintf(file_.get(), ",\"id\":%llu", static_cast<unsigned long long>(event.task));
  }
  std::fprintf(file_.get(), ",\"args\":{\"task\":%llu}}",
               static_cast<unsigned long long>(event.task));
}

void TraceFile::spawned(const TaskEvent& event) noexcept {
  try_to_write(lock_, began_ns_, [&](double time_us) {
    lane(event.worker);
    write("b", event, "task", label(event).c_str(), time_us, 0);
    write("s", event, "wake", "spawn", time_us, 0);
  });
}

void TraceFile::woken(const TaskEvent& event) noexcept {
  try_to_write(lock_, began_ns_, [&](double time_us) {
    lane(event.worker);
    write("i", event, "wake", ("wakes " + label(event)).c_str(), time_us, 0);
    write("s", event, "wake", "wake", time_us, 0);
  });
}

void TraceFile::running(const TaskEvent& event) noexcept {
  try_to_write(lock_, began_ns_, [&](double time_us) {
    Lane& own = lane(event.worker);
    own.is_busy = true;
    own.began_us = time_us;
    write("f", event, "wake", "wake", time_us, 0);
  });
}

void TraceFile::end_turn(const TaskEvent& event, double time_us) {
  Lane& own = lane(event.worker);
  if (!own.is_busy) return;  // cancelled where it was parked
  own.is_busy = false;
  write("X", event, "poll", label(event).c_str(), own.began_us, time_us - own.began_us);
}

void TraceFile::parked(const TaskEvent& event) noexcept {
  try_to_write(lock_, began_ns_, [&](double time_us) { end_turn(event, time_us); });
}

void TraceFile::ended(const TaskEvent& event) noexcept {
  try_to_write(lock_, began_ns_, [&](double time_us) {
    end_turn(event, time_us);
    write("e", event, "task", label(event).c_str(), time_us, 0);
  });
}

}  // namespace twofold
