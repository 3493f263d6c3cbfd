// `cancel`: giving up work that is parked some calls deep.
#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

// What each call holds: cancelling has to run its destructor.
class Held {
 public:
  explicit Held(std::uint64_t& released) : released_(released) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { ++released_; }

 private:
  std::uint64_t& released_;
};

[[gnu::noinline]] TF_ASYNC(void)
    park(std::uint64_t depth, std::uint64_t& parked, std::uint64_t& released) {
  const Held held(released);
  if (depth > 1) {
    TF_AWAIT(park(depth - 1, parked, released));
  } else {
    ++parked;
    TF_AWAIT(pending<Unit>());
  }
  TF_RETURN;
}

struct Result {
  std::uint64_t released = 0;
  std::uint64_t aborted = 0;
  double elapsed_ns = 0;
};

TF_ASYNC(bool) was_aborted(JoinHandle<void>& task) {
  try {
    TF_AWAIT(task);
  } catch (const TaskAborted&) {
    TF_RETURN true;
  }
  TF_RETURN false;
}

TF_ASYNC(Result) park_and_abort(std::uint64_t tasks, std::uint64_t depth) {
  Result result;
  std::uint64_t parked = 0;
  std::vector<JoinHandle<void>> parked_tasks;
  parked_tasks.reserve(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i) {
    parked_tasks.push_back(spawn(park, depth, std::ref(parked), std::ref(result.released)));
  }
  while (parked < tasks) TF_AWAIT(yield_now());
  const Stopwatch watch;
  for (auto& task : parked_tasks) task.abort();
  while (result.released < tasks * depth) TF_AWAIT(yield_now());
  result.elapsed_ns = watch.elapsed_ns();
  for (auto& task : parked_tasks) result.aborted += TF_AWAIT(was_aborted(task)) ? 1 : 0;
  TF_RETURN result;
}

void run_cancel(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  const auto depth = static_cast<std::uint64_t>(params.get("depth"));
  Runtime runtime(runtime_options(params));
  const Result result = runtime.block_on(park_and_abort, tasks, depth);
  check_equal("the count of destructors that ran", result.released, tasks * depth);
  check_equal("the count of tasks that say they were aborted", result.aborted, tasks);
  report_ns_per_op(output, result.elapsed_ns, tasks, result.released);
}

const RegisteredWorkload registered(workload_info("cancel"), run_cancel);

}  // namespace
}  // namespace twofold::compare
