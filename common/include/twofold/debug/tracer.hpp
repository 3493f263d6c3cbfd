// Tracer: is told what happens to tasks, as it happens.
//
// Given to a runtime by RuntimeOptions::tracer; TraceFile is one. Without a tracer the hooks cost a
// predictable branch where a task is spawned or ends, and (with one worker) nothing where control
// goes from one task to the next: with one, tasks come back to the executor's loop after each turn,
// which tells of it.
#pragma once

#include <cstdint>

namespace twofold {

/// What a tracer is told of.
struct TaskEvent {
  /// The thread was no worker of the runtime: one for blocking work, or the program's own.
  static constexpr std::uint32_t kNoWorker = ~std::uint32_t{0};

  std::uint64_t task = 0;            ///< its id
  const char* name = nullptr;        ///< its name, where it has one; valid during the call
  std::uint32_t worker = kNoWorker;  ///< on whose thread this happens
};

/// Override what is of interest. Called on any thread, also on several at once, in the middle of
/// the runtime's work: no call may throw, block for long, or use the runtime. Must outlive it.
class Tracer {
 public:
  Tracer() = default;
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  virtual ~Tracer();

  /// The task was made; it will run.
  virtual void spawned(const TaskEvent& event) noexcept;
  /// A waiting task will run again.
  virtual void woken(const TaskEvent& event) noexcept;
  /// The task runs from now on; `parked` or `ended` on the same worker is next.
  virtual void running(const TaskEvent& event) noexcept;
  /// It waits, or lets others run.
  virtual void parked(const TaskEvent& event) noexcept;
  /// It has returned, thrown, or was cancelled.
  virtual void ended(const TaskEvent& event) noexcept;
};

}  // namespace twofold
