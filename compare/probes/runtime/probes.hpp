// The probes of the runtimes: what claims say that a task may or may not do, in the dialect.
// Used by main.cpp alone; compiled once for each runtime.
#pragma once

#include "protocol/protocol_main.hpp"

namespace twofold::compare {

Workload os_lock_probe();
Workload blocked_worker_probe();
Workload address_stability_probe();
Workload foreign_call_probe();
Workload task_dump_probe();

}  // namespace twofold::compare
