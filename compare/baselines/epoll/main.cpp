// The `epoll` baseline: the server workloads as hand-written, single-threaded state machines, edge-
// triggered, or level-triggered as `epoll-level`. The other workloads are about tasks, of which
// there are none here.
#include "baselines/epoll/servers.hpp"
#include "protocol/machine.hpp"
#include "protocol/protocol_main.hpp"

int main(int argc, char** argv) {
  using namespace twofold::compare;
  raise_descriptor_limit();
  const Workload workloads[] = {
      {workload_info("echo"), serve_echo},
      {workload_info("read_to_end"), serve_read_to_end},
      {workload_info("http_plaintext"), serve_http_plaintext},
      {workload_info("open_loop_latency"), serve_echo},
      {workload_info("idle_connections"), serve_echo},
  };
  return protocol_main(argc, argv, workloads);
}
