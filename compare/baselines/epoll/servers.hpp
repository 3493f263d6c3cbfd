// The servers of the `epoll` baseline: hand-written state machines, the floor that every runtime is
// compared with.
#pragma once

#include "protocol/output.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

void serve_echo(const Params& params, Output& output);
void serve_http_plaintext(const Params& params, Output& output);
void serve_read_to_end(const Params& params, Output& output);

}  // namespace twofold::compare
