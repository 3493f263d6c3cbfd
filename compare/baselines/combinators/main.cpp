// The `combinators` baseline: twofold's own futures, executor and reactor, but no coroutine:
// programs are chains of and_then and map, as in JavaScript before `await` and in Rust before
// `async`.
//
// The other workloads are about the depth of calls, about tasks that call each other, or hold state
// in local variables, which combinators have not.
#include "baselines/combinators/workloads.hpp"
#include "protocol/machine.hpp"
#include "protocol/protocol_main.hpp"

int main(int argc, char** argv) {
  using namespace twofold::compare;
  raise_descriptor_limit();
  const Workload workloads[] = {
      {workload_info("yield"), run_yield},
      {workload_info("spawn_join"), run_spawn_join},
      {workload_info("ping_pong"), run_ping_pong},
      {workload_info("echo"), serve_echo},
      {workload_info("read_to_end"), serve_read_to_end},
  };
  return protocol_main(argc, argv, workloads);
}
