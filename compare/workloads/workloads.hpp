// The workloads in the dialect: each one source for both runtimes. Definitions:
// protocol/workload_catalogue.hpp.
#pragma once

#include "protocol/output.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

void run_yield(const Params& params, Output& output);
void run_spawn_join(const Params& params, Output& output);
void run_ping_pong(const Params& params, Output& output);
void run_deep_await(const Params& params, Output& output);
void run_sleepers(const Params& params, Output& output);
void run_echo(const Params& params, Output& output);
void run_read_to_end(const Params& params, Output& output);

}  // namespace twofold::compare
