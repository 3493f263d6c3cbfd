// The workloads of the `threads` baseline: a task is a thread of the kernel, waiting is blocking.
#pragma once

#include "protocol/output.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

void run_yield(const Params& params, Output& output);
void run_spawn_join(const Params& params, Output& output);
void run_ping_pong(const Params& params, Output& output);
void run_deep_await(const Params& params, Output& output);
void run_sleepers(const Params& params, Output& output);
void serve_echo(const Params& params, Output& output);
void run_spawn_many(const Params& params, Output& output);
void run_yield_many(const Params& params, Output& output);
void run_oneshot_ping_pong(const Params& params, Output& output);
void run_chained_spawn(const Params& params, Output& output);
void serve_http_plaintext(const Params& params, Output& output);
void serve_idle_connections(const Params& params, Output& output);
void serve_read_to_end(const Params& params, Output& output);

}  // namespace twofold::compare
