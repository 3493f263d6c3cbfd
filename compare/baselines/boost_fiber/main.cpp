// The `boost-fiber` baseline: Boost.Fiber with its own round-robin scheduler on one thread and
// pooled fixed stacks. In-process workloads only: Boost.Fiber brings no I/O.
#include "baselines/boost_fiber/workloads.hpp"
#include "protocol/protocol_main.hpp"

int main(int argc, char** argv) {
  using namespace twofold::compare;
  const Workload workloads[] = {
      {workload_info("yield"), run_yield},
      {workload_info("spawn_join"), run_spawn_join},
      {workload_info("ping_pong"), run_ping_pong},
      {workload_info("deep_await"), run_deep_await},
      {workload_info("sleepers"), run_sleepers},
      {workload_info("spawn_many"), run_spawn_many},
      {workload_info("yield_many"), run_yield_many},
      {workload_info("oneshot_ping_pong"), run_oneshot_ping_pong},
      {workload_info("chained_spawn"), run_chained_spawn},
  };
  return protocol_main(argc, argv, workloads);
}
