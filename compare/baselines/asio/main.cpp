// The `asio` baseline: Boost.Asio's coroutines (awaitable) on one thread, the way most C++20
// services are written.
#include "baselines/asio/asio.hpp"
#include "protocol/machine.hpp"
#include "protocol/protocol_main.hpp"

int main(int argc, char** argv) {
  using namespace twofold::compare;
  raise_descriptor_limit();
  const Workload workloads[] = {
      {workload_info("yield"), run_yield},
      {workload_info("spawn_join"), run_spawn_join},
      {workload_info("ping_pong"), run_ping_pong},
      {workload_info("deep_await"), run_deep_await},
      {workload_info("sleepers"), run_sleepers},
      {workload_info("echo"), serve_echo},
      {workload_info("read_to_end"), serve_read_to_end},
      {workload_info("http_plaintext"), serve_http_plaintext},
      {workload_info("open_loop_latency"), serve_echo},
      {workload_info("idle_connections"), serve_idle_connections},
      {workload_info("spawn_many"), run_spawn_many},
      {workload_info("yield_many"), run_yield_many},
      {workload_info("oneshot_ping_pong"), run_oneshot_ping_pong},
      {workload_info("chained_spawn"), run_chained_spawn},
  };
  return protocol_main(argc, argv, workloads);
}
