// TraceFile: a tracer that writes the Trace Event Format, which ui.perfetto.dev and
// chrome://tracing show as lanes of time: one for each worker, with the tasks it runs; arrows from
// wakes to what they woke; and the life of each task.
//
// Format: "Trace Event Format", the JSON array form, in which the end may be missing: a program
// that dies leaves a file that can be read.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "twofold/debug/tracer.hpp"

namespace twofold {

/// Thread-safe; each event takes a lock and writes some hundred bytes. Complete when it is
/// destroyed.
class TraceFile final : public Tracer {
 public:
  /// Replaces the file. Throws std::system_error where it cannot be written.
  explicit TraceFile(const std::string& path);
  ~TraceFile() override;

  void spawned(const TaskEvent& event) noexcept override;
  void woken(const TaskEvent& event) noexcept override;
  void running(const TaskEvent& event) noexcept override;
  void parked(const TaskEvent& event) noexcept override;
  void ended(const TaskEvent& event) noexcept override;

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  struct Lane {
    bool is_named = false;
    bool is_busy = false;  // a task runs there, since
    double began_us = 0;
  };

  /// The worker's lane, named when it is first asked for. Under the lock, like all below.
  Lane& lane(std::uint32_t worker);
  void end_turn(const TaskEvent& event, double time_us);
  void write(const char* phase, const TaskEvent& event, const char* category, const char* name,
             double time_us, double duration_us);

  std::mutex lock_;
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<Lane> lanes_;
  std::int64_t began_ns_ = 0;
};

}  // namespace twofold
