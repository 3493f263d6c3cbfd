// The main function of a program that obeys docs/design/measurement-protocol.md.
//
// A program lists its workloads and calls `protocol_main`; command line, `list`, exit statuses and
// the last line are settled here:
//
//   int main(int argc, char** argv) {
//     const Workload workloads[] = {{workload_info("yield"), run_yield}, ...};
//     return protocol_main(argc, argv, workloads);
//   }
#pragma once

#include <functional>
#include <span>

#include "protocol/outcome.hpp"
#include "protocol/output.hpp"
#include "protocol/params.hpp"
#include "protocol/workload_catalogue.hpp"

namespace twofold::compare {

struct Workload {
  WorkloadInfo info;
  // Runs one sample on the calling thread: reports figures, then calls `check_ok`. Ends by a throw
  // of CheckFailed, Unsupported or Capped when there is nothing to report. std::bad_alloc counts as
  // Capped, any other exception as CheckFailed.
  std::function<void(const Params&, Output&)> run;
};

// Parameters that are not given on the command line are those of the first quick point. A workload
// that fails ends the process at once, without destructors: its threads may still be running.
[[nodiscard]] int protocol_main(int argc, char** argv, std::span<const Workload> workloads);

}  // namespace twofold::compare
