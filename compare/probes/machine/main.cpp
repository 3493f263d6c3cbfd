// twofold-machine-probes: what single claims say of the machine, in the form of every other
// measured program.
#include <array>

#include "machine/probes.hpp"
#include "protocol/machine.hpp"

int main(int argc, char** argv) {
  using namespace twofold::compare;
  const std::array probes = {
      thread_memory_probe(), guards_by_mprotect_probe(), guards_by_madvise_probe(),
      raw_switch_probe(),    kernel_switch_probe(),      stack_layout_probe(),
      stack_reuse_probe(),   exception_state_probe(),    source_lines_probe()};
  raise_descriptor_limit();
  return protocol_main(argc, argv, probes);
}
