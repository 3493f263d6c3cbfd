// Snippets of docs/guides/debugging.md.
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <sstream>
#include <twofold/twofold.hpp>

using namespace std::chrono_literals;

namespace {

TF_ASYNC(int) wait_for_answer(twofold::Notify& answered) {
  TF_AWAIT(answered.notified());
  TF_RETURN 1;
}

// [name]
TF_ASYNC(int) ask(twofold::Notify& answered) {
  auto reader = twofold::spawn_named("reader", wait_for_answer, std::ref(answered));
  TF_RETURN TF_AWAIT(reader);
}
// [name]

// [options]
twofold::RuntimeOptions for_production() {
  return {.workers = 0,
          .stall_threshold = 100ms,  // a task that keeps its worker for longer is reported
          .dump_on_sigquit = true};  // kill -QUIT lists all tasks
}
// [options]

// [stall]
void report_to_log(const twofold::Stall& stall) {
  std::clog << "stalled: task " << stall.task << " " << stall.name << " for "
            << std::chrono::duration_cast<std::chrono::milliseconds>(stall.duration).count()
            << " ms\n";
  for (const std::string& function : stall.functions) std::clog << "  at " << function << '\n';
}
// [stall]

// [metrics]
void print_counts(const twofold::Runtime& runtime) {
  const twofold::ExecutorMetrics counts = runtime.metrics();
  std::printf("%llu tasks alive, %llu spawned, %llu polls, %llu wakes\n",
              static_cast<unsigned long long>(counts.tasks_alive),
              static_cast<unsigned long long>(counts.tasks_spawned),
              static_cast<unsigned long long>(counts.polls),
              static_cast<unsigned long long>(counts.wakes));
}
// [metrics]

// [trace]
void trace_a_run(const char* file) {
  twofold::TraceFile trace(file);
  twofold::Runtime runtime({.tracer = &trace});
  twofold::Notify answered;
  answered.notify_one();
  runtime.block_on(ask, std::ref(answered));
}
// [trace]

// [deadlock]
bool is_stuck() {
  try {
    twofold::Notify never;
    twofold::block_on(ask, std::ref(never));
    return false;
  } catch (const twofold::Deadlock& deadlock) {
    std::puts(deadlock.what());  // every task, and where it waits
    return true;
  }
}
// [deadlock]

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) trace_a_run(argv[1]);
  {
    twofold::RuntimeOptions options = for_production();
    options.on_stall = &report_to_log;
    const twofold::Runtime runtime(options);
    print_counts(runtime);
  }  // its threads end: while there are others, a deadlock is not certain
  return is_stuck() ? 0 : 1;
}
