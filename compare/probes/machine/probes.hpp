// The probes of the machine: what claims say of threads, pages, switches and layout, measured
// without any runtime. Used by main.cpp alone.
#pragma once

#include "protocol/protocol_main.hpp"

namespace twofold::compare {

Workload thread_memory_probe();
Workload guards_by_mprotect_probe();
Workload guards_by_madvise_probe();
Workload raw_switch_probe();
Workload kernel_switch_probe();
Workload stack_layout_probe();
Workload stack_reuse_probe();
Workload exception_state_probe();
Workload source_lines_probe();

}  // namespace twofold::compare
