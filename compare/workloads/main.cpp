// One program for each variant of the runtimes: all workloads, compiled for that variant.
#include "protocol/machine.hpp"
#include "protocol/protocol_main.hpp"
#include "workloads/workloads.hpp"

int main(int argc, char** argv) {
  using namespace twofold::compare;
  raise_descriptor_limit();
  const Workload workloads[] = {
      {workload_info("yield"), run_yield},
      {workload_info("spawn_join"), run_spawn_join},
      {workload_info("ping_pong"), run_ping_pong},
      {workload_info("deep_await"), run_deep_await},
      {workload_info("sleepers"), run_sleepers},
      {workload_info("echo"), run_echo},
      {workload_info("read_to_end"), run_read_to_end},
  };
  return protocol_main(argc, argv, workloads);
}
