// The workloads of the `combinators` baseline.
#pragma once

#include "protocol/output.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

void run_yield(const Params& params, Output& output);
void run_spawn_join(const Params& params, Output& output);
void run_ping_pong(const Params& params, Output& output);
void serve_echo(const Params& params, Output& output);
void serve_read_to_end(const Params& params, Output& output);

}  // namespace twofold::compare
