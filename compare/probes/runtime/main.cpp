// probes-stackless, probes-stackful: the probes of the runtimes, compiled for one of them.
#include <array>

#include "runtime/probes.hpp"

int main(int argc, char** argv) {
  using namespace twofold::compare;
  const std::array probes = {os_lock_probe(), blocked_worker_probe(), address_stability_probe(),
                             foreign_call_probe(), task_dump_probe()};
  return protocol_main(argc, argv, probes);
}
