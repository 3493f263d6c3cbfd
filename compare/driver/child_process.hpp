// One measured process: started in a group of its own, listened to, and never outlived.
//
// Used by the driver for samples and for `PROGRAM list`. Guarantees: when `run_process` returns, no
// process of the group is left, whatever the reason; if the driver itself dies, the kernel kills
// the process.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace twofold::compare {

struct ProcessStart {
  std::vector<std::string> command;  // looked up in PATH
  double timeout_s = 0;
  int core = -1;  // where to pin it; -1: as inherited, on all cores
};

struct ProcessEnd {
  enum class Kind { kExited, kSignalled, kTimedOut, kCancelled };
  Kind kind = Kind::kExited;
  int exit_status = 0;  // of kExited
  std::string standard_output;
  std::string description;  // how it ended, with the tail of standard error
  double wall_s = 0;
  double cpu_s = 0;  // of the process and all it has waited for
};

// Runs `start.command` to its end, to its time limit, or until `cancelled` (asked several times a
// second) says so. Throws std::system_error when no process can be started.
[[nodiscard]] ProcessEnd run_process(const ProcessStart& start,
                                     const std::function<bool()>& cancelled);

// Foreign words with everything but printable ASCII replaced: a crashing program may print
// anything, while JSON must be UTF-8 and a terminal must not be commanded.
[[nodiscard]] std::string as_ascii(std::string text);

}  // namespace twofold::compare
