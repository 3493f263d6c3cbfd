// One program for each variant of the runtimes: all workloads, compiled for that variant.
#include "protocol/machine.hpp"
#include "workloads/workload.hpp"

int main(int argc, char** argv) {
  using namespace twofold::compare;
  raise_descriptor_limit();
  return protocol_main(argc, argv, registered_workloads());
}
