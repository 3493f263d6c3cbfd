// The model checker: runs a scenario under every schedule of its threads, up to a number of
// preemptions.
//
// A scenario is a function that makes what is to be checked, starts threads (Thread), joins them
// and checks what must hold (check). Its threads are coroutines on one thread of the system; at
// each step (an operation on an atomic or a lock, see include/twofold/detail) the checker decides
// who goes on. It runs the scenario again and again, each time with another decision at the last
// place where one is left: a depth-first search without stored states (Godefroid, VeriSoft, POPL
// 1997), over the schedules with at most 0, 1, 2, ... preemptions (Musuvathi and Qadeer, CHESS,
// PLDI 2007), so that the first failure that is found has as few preemptions as any.
//
// A failure is a check that does not hold, a failed assert in the product's code, all threads
// blocked (a deadlock, or a lost wake), or a thread that spins while nothing changes. It comes with
// its schedule, a text that replays it:
//
//     Report report = explore({.preemptions = 3}, scenario);
//     if (report.failure) replay(report.failure->schedule, scenario, &std::cout);
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace twofold::model {

enum class Op : std::uint8_t {
  kNone,
  kLoad,
  kStore,
  kExchange,
  kCompareExchange,
  kFetchAdd,
  kFetchSub,
  kFetchOr,
  kFetchAnd,
  kLock,
  kTryLock,
  kUnlock,
  kConditionWait,
  kNotify,
  kFutexWait,
  kFutexWake,
  kReactorWait,
  kReactorNotify,
  kJoin,
};

// ---- what scenarios use ----

/// A thread of the scenario. Must be joined.
class Thread {
 public:
  Thread() noexcept = default;
  Thread(const char* name, std::function<void()> body);
  Thread(Thread&& other) noexcept : id_(other.id_) { other.id_ = kNone; }
  Thread& operator=(Thread&& other) noexcept {
    id_ = other.id_;
    other.id_ = kNone;
    return *this;
  }
  void join();
  [[nodiscard]] bool joinable() const noexcept { return id_ != kNone; }

 private:
  static constexpr unsigned kNone = ~0U;
  unsigned id_ = kNone;
};

/// Fails the execution where `holds` is false.
void check(bool holds, const char* what);

struct Options {
  unsigned preemptions = 3;
  /// A bug to plant: every operation of this kind is done in two steps, and others may come
  /// between.
  Op torn = Op::kNone;
};

struct Failure {
  std::string what;
  std::string schedule;
  unsigned preemptions = 0;
};

struct Report {
  std::uint64_t executions = 0;
  std::size_t most_steps = 0;  ///< in one execution
  std::optional<Failure> failure;
};

using Scenario = std::function<void()>;

/// Stops at the first failure.
[[nodiscard]] Report explore(const Options& options, const Scenario& scenario);
/// Runs the one schedule and, where `trace` is given, writes each of its steps there. Gives its
/// failure, if it fails. `options` as it was found with.
[[nodiscard]] std::optional<Failure> replay(const Options& options, const std::string& schedule,
                                            const Scenario& scenario, std::ostream* trace);

// ---- what the stand-ins for atomics, locks and the kernel use ----

/// The running thread is about to do `op` on `object`; others may come first. Nothing happens
/// outside of an execution.
void step(Op op, const void* object) noexcept;
/// As step, and the thread does not go on before ready(argument).
void block(Op op, const void* object, bool (*ready)(void*), void* argument) noexcept;
/// Something was changed that others may wait for.
void changed() noexcept;
/// Whether operations of this kind are done in two steps.
[[nodiscard]] bool is_torn(Op op) noexcept;

void note_values(std::uint64_t before, std::uint64_t after) noexcept;
[[nodiscard]] bool is_tracing() noexcept;
/// For the trace: what the step that was announced last found and left.
template <class T>
void note(T before, T after) noexcept {
  if (!is_tracing()) return;
  if constexpr (requires { reinterpret_cast<std::uintptr_t>(before); }) {
    note_values(reinterpret_cast<std::uintptr_t>(before), reinterpret_cast<std::uintptr_t>(after));
  } else {
    note_values(static_cast<std::uint64_t>(before), static_cast<std::uint64_t>(after));
  }
}

/// What each thread of the scenario has of its own: a pointer that is swapped when control goes
/// from one to another (the thread's executor).
void set_thread_slot(void** slot) noexcept;

}  // namespace twofold::model
