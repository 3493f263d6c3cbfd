// `task_dump`: of the calls that a parked task is in, how many the runtime can name.
#include <sstream>
#include <string>
#include <twofold/twofold.hpp>

#include "runtime/probes.hpp"

namespace twofold::compare {

constexpr int kCalls = 8;

// Not in an unnamed namespace: a name that the linker keeps can be told.
template <int kLevel>
TF_ASYNC(int)
parked_call(Notify& go, bool& parked) {
  if constexpr (kLevel == kCalls) {
    parked = true;
    TF_AWAIT(go.notified());
    TF_RETURN 1;
  } else {
    int below = TF_AWAIT(parked_call<kLevel + 1>(go, parked));
    asm volatile("" : "+r"(below));
    TF_RETURN below + 1;
  }
}

namespace {

TF_ASYNC(int) park_and_dump(const Runtime& runtime, std::ostream& dump) {
  Notify go;
  bool parked = false;
  auto task = spawn(parked_call<1>, std::ref(go), std::ref(parked));
  while (!parked) TF_AWAIT(yield_now());
  runtime.dump_tasks(dump);
  go.notify_all();
  TF_RETURN TF_AWAIT(task);
}

void run_task_dump(const Params&, Output& output) {
  std::ostringstream dump;
  Runtime runtime({.workers = 1});
  const int depth = runtime.block_on(park_and_dump, std::cref(runtime), std::ref(dump));
  check_equal("the depth of the calls", static_cast<std::uint64_t>(depth), kCalls);
  const std::string text = dump.str();
  int named = 0;
  for (int level = 1; level <= kCalls; ++level) {
    const std::string name = "parked_call<" + std::to_string(level) + ">";
    named += text.find(name) != std::string::npos ? 1 : 0;
  }
  output.metric("calls_named", "", named);
  output.check_ok(kCalls, kCalls);
}

}  // namespace

Workload task_dump_probe() {
  return {{.name = "task_dump",
           .summary = "of eight calls that a parked task is in, those that its dump names",
           .metric = "calls_named",
           .axis = "",
           .smoke = {{}},
           .quick = {{}},
           .full = {{}},
           .exact = true},
          run_task_dump};
}

}  // namespace twofold::compare
