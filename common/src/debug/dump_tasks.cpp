// dump_tasks: the live tasks as text, with the names of the functions they are suspended in.
#include <optional>
#include <ostream>

#include "twofold/debug/call_stack.hpp"
#include "twofold/debug/symbols.hpp"
#include "twofold/executor/executor.hpp"

namespace twofold::detail {
namespace {

// The task is not resumed while this lives. A task of a runtime with one worker is looked at by the
// thread that would resume it.
class Held {
 public:
  explicit Held(TaskHeader& task) noexcept
      : task_(task), waits_for_(task.is_shared() ? task.hold_parked() : parked_here(task)) {}
  ~Held() {
    if (waits_for_ && task_.is_shared()) task_.let_go();
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  /// Nothing: it is not parked.
  [[nodiscard]] std::optional<WaitsFor> waits_for() const noexcept { return waits_for_; }

 private:
  [[nodiscard]] static std::optional<WaitsFor> parked_here(const TaskHeader& task) noexcept {
    if (task.is_running()) return std::nullopt;
    return task.waits_for();
  }

  TaskHeader& task_;
  std::optional<WaitsFor> waits_for_;
};

}  // namespace

void dump_tasks(const Executor& executor, std::ostream& to) {
  Symbols symbols;
  executor.for_each_task([&](TaskHeader& task) {
    to << "  task " << task.id();
    if (task.name() != nullptr) to << " \"" << task.name() << '"';
    CallStack stack;
    std::optional<WaitsFor> waits_for;
    {
      const Held held(task);
      waits_for = held.waits_for();
      if (!waits_for) {
        to << (task.is_done() ? " is over\n" : " runs or is ready\n");
        return;
      }
      stack = stack_of(task);
    }
    to << " waits for " << in_words(*waits_for) << '\n';
    for (const std::string& function : stack.functions(symbols)) {
      to << "      at " << function << '\n';
    }
  });
}

}  // namespace twofold::detail
