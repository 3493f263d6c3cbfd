// TWOFOLD_LOG: what a program tells of its runtimes without being compiled anew.
//
//     TWOFOLD_LOG=stalls,sigquit ./server
//     TWOFOLD_LOG=stalls=20ms,trace=server.json ./server
//
//     stalls[=N ms]   tasks that keep their worker for 100 ms (N) or longer, with where they are
//     sigquit         all tasks with their stacks, whenever SIGQUIT comes (Ctrl-\)
//     tasks           a line for each task that is spawned, and that ends
//     metrics         the counters of each runtime when it is destroyed
//     trace=FILE      a trace for ui.perfetto.dev
//
// It adds to RuntimeOptions: what the program asked for itself stays as it is. `tasks` and `trace`
// both need the runtime's one tracer: the last of them counts, and neither where the program has a
// tracer of its own. Read whenever a runtime is made. Words that are not known are reported on
// standard error, once.
#pragma once

#include <string_view>

#include "twofold/executor/options.hpp"

namespace twofold::detail {

/// What the variable asks for in addition to `options`.
struct LogSettings {
  RuntimeOptions options;
  bool metrics = false;
};

/// Null for `text`: nothing is asked for. Throws std::bad_alloc, and std::system_error where the
/// trace file cannot be written.
[[nodiscard]] LogSettings apply_log(RuntimeOptions options, const char* text);

}  // namespace twofold::detail
