// The build probes: what claims say of compilers, put to the test by compiling small sources.
// Used by main.cpp alone; each runs with whichever compiler the program was told.
#pragma once

#include <string>

#include "protocol/protocol_main.hpp"

namespace twofold::compare {

/// The compiler that the program was started for.
[[nodiscard]] const std::string& chosen_compiler();

Workload coroutine_frame_probe();
Workload symmetric_transfer_probe();
Workload code_size_probe();
Workload compile_time_probe();
Workload prologue_check_probe();
Workload thread_local_probe();
Workload language_probe();
Workload dangling_reference_probe();

}  // namespace twofold::compare
