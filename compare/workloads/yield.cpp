// `yield`: what it costs to let others run.
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

void run_yield(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  const auto yields = static_cast<std::uint64_t>(params.get("yields"));
  Runtime runtime(runtime_options(params));
  const Result result = runtime.block_on(yield_all, tasks, yields);
  check_equal("the count of yields", result.yields, tasks * yields);
  output.metric("ns_per_op", "ns", result.elapsed_ns / static_cast<double>(tasks * yields));
  output.check_ok(result.yields, tasks * yields);
}

const RegisteredWorkload registered(workload_info("yield"), run_yield);

}  // namespace
}  // namespace twofold::compare
