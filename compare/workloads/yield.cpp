// `yield`: what it costs to let others run.
//
// Beside the tasks' figure stands the floor, in the same process: state machines written by hand,
// one after the other through a ring of pointers, each resumed through a pointer to a function, for
// a scheduler does not know what it runs.
#include <bit>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

// A future of the workload's own: pending until the gate is opened, then ready for all.
class Gate {
 public:
  void reserve(std::size_t tasks) { waiting_.reserve(tasks); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  void open() {
    open_ = true;
    for (const Waker& waker : waiting_) waker.wake();
  }

  class Pass {
   public:
    using Output = Unit;
    explicit Pass(Gate& gate) : gate_(&gate) {}
    Poll<Unit> poll(Context& context) {
      if (gate_->open_) return Ready();
      gate_->waiting_.push_back(context.waker());
      return Pending;
    }

   private:
    Gate* gate_;
  };
  [[nodiscard]] Pass pass() { return Pass(*this); }

 private:
  bool open_ = false;
  std::vector<Waker> waiting_;
};

TF_ASYNC(std::uint64_t) yielder(Gate& gate, std::uint64_t yields) {
  TF_AWAIT(gate.pass());
  std::uint64_t came_back = 0;
  while (came_back < yields) {
    TF_AWAIT(yield_now());
    ++came_back;
  }
  TF_RETURN came_back;
}

struct Result {
  std::uint64_t yields = 0;
  double elapsed_ns = 0;
};

TF_ASYNC(Result) yield_all(std::uint64_t tasks, std::uint64_t yields) {
  Gate gate;
  gate.reserve(tasks);
  std::vector<JoinHandle<std::uint64_t>> handles;
  handles.reserve(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i)
    handles.push_back(spawn(yielder, std::ref(gate), yields));
  while (gate.waiting() < tasks) TF_AWAIT(yield_now());

  Result result;
  const Stopwatch watch;
  gate.open();
  for (auto& handle : handles) result.yields += TF_AWAIT(handle);
  result.elapsed_ns = watch.elapsed_ns();
  TF_RETURN result;
}

// A task as written by hand.
struct Machine {
  bool (*resume)(Machine&);  // to its next yield; false: it has ended
  std::uint64_t yields;
  std::uint64_t came_back = 0;
  enum class At : std::uint8_t { kBegin, kYield } at = At::kBegin;
};

bool resume_machine(Machine& machine) {
  switch (machine.at) {
    case Machine::At::kBegin:
      machine.at = Machine::At::kYield;
      return machine.yields != 0;
    case Machine::At::kYield:
      return ++machine.came_back < machine.yields;
  }
  return false;
}

Result yield_all_by_hand(std::uint64_t tasks, std::uint64_t yields) {
  std::vector<Machine> machines(tasks, Machine{.resume = &resume_machine, .yields = yields});
  std::vector<Machine*> ring(std::bit_ceil(tasks));
  const std::size_t mask = ring.size() - 1;
  for (std::size_t i = 0; i < tasks; ++i) ring[i] = &machines[i];
  Result result;
  const Stopwatch watch;
  for (std::size_t head = 0, tail = tasks; head != tail;) {
    Machine* const machine = ring[head++ & mask];
    if (machine->resume(*machine)) ring[tail++ & mask] = machine;
  }
  result.elapsed_ns = watch.elapsed_ns();
  for (const Machine& machine : machines) result.yields += machine.came_back;
  return result;
}

void run_yield(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  const auto yields = static_cast<std::uint64_t>(params.get("yields"));
  Runtime runtime(runtime_options(params));
  const Result result = runtime.block_on(yield_all, tasks, yields);
  check_equal("the count of yields", result.yields, tasks * yields);
  const Result by_hand = yield_all_by_hand(tasks, yields);
  check_equal("the count of yields by hand", by_hand.yields, tasks * yields);
  const auto per_yield = [&](const Result& of) {
    return of.elapsed_ns / static_cast<double>(tasks * yields);
  };
  output.metric("ns_per_op", "ns", per_yield(result));
  output.metric("state_machine_ns_per_op", "ns", per_yield(by_hand));
  output.check_ok(result.yields, tasks * yields);
}

const RegisteredWorkload registered(workload_info("yield"), run_yield);

}  // namespace
}  // namespace twofold::compare
