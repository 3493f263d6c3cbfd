// The `promises` baseline: eager promises on the heap with a queue of microtasks, as JavaScript's,
// over an epoll loop of their own.
//
// The other workloads need what such promises have not: depth of calls that is suspended (without
// `await` there are no calls to suspend), cancelling, or virtual time.
#include "baselines/promises/workloads.hpp"
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
