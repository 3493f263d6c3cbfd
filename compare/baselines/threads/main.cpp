// The `threads` baseline: what all of asynchronous programming is measured against. Blocking calls,
// a thread for each task, as plain as it gets.
#include "baselines/threads/workloads.hpp"
#include "protocol/machine.hpp"
#include "protocol/protocol_main.hpp"

namespace {

// As many cores as a runtime would have workers.
twofold::compare::Workload on_workers(const char* name, void (*run)(const twofold::compare::Params&,
                                                                    twofold::compare::Output&)) {
  return {twofold::compare::workload_info(name),
          [run](const twofold::compare::Params& params, twofold::compare::Output& output) {
            twofold::compare::limit_to_cores(params.workers());
            run(params, output);
          }};
}

}  // namespace

int main(int argc, char** argv) {
  using namespace twofold::compare;
  raise_descriptor_limit();
  const Workload workloads[] = {
      on_workers("yield", run_yield),
      on_workers("spawn_join", run_spawn_join),
      on_workers("ping_pong", run_ping_pong),
      on_workers("deep_await", run_deep_await),
      on_workers("sleepers", run_sleepers),
      on_workers("echo", serve_echo),
      on_workers("read_to_end", serve_read_to_end),
      on_workers("http_plaintext", serve_http_plaintext),
      on_workers("open_loop_latency", serve_echo),
      on_workers("idle_connections", serve_idle_connections),
      on_workers("spawn_many", run_spawn_many),
      on_workers("yield_many", run_yield_many),
      on_workers("oneshot_ping_pong", run_oneshot_ping_pong),
      on_workers("chained_spawn", run_chained_spawn),
  };
  return protocol_main(argc, argv, workloads);
}
