// The workloads that several programs run: what each computes, and at which points it is measured.
//
// One place for all, so that every variant runs the same thing at the same points. A program gives
// `workload_info(NAME)` to `protocol_main` together with its own implementation.
//
// What each workload does, and what its checksum is made of, binding for every variant and peer:
//
// yield        `tasks` tasks are started; once all are, the clock starts, and each is let go and
// yields
//              `yields` times. Checksum: yields that came back, over all tasks.
// spawn_join   `rounds` times: `batch` tasks are spawned and then joined in order. Each returns its
//              index, counted through all rounds from 0. Before the clock starts, one round more
//              is run whose answers do not count: it is the reuse of memory that is measured, not
//              its first touch. Checksum: sum of all that was joined in the counted rounds.
// ping_pong    Two channels of capacity 1. `round_trips` times the first task sends i (0, 1, ...),
//              the second receives it and sends back i + 1, the first receives that. Checksum: sum
//              of what the first received.
// deep_await   `repeats` times an async function is called that calls itself `depth` - 1 times
//              more; the innermost yields once if `suspend` is 1, and returns 1; every other
//              returns 1 + its callee's answer. Checksum: sum of the outermost answers.
// sleepers     `tasks` tasks each note that they run, sleep until one instant common to all, and
//              return their index. That instant is `sleep_ms` after the start; when three quarters
//              of the time are over and not all sleep yet, the starting task doubles it, and a
//              sleeper that wakes before the instant sleeps again. `bytes_per_task` is the growth
//              of RSS and page tables from before the first spawn to when all sleep; `ns_per_op` is
//              process CPU time (so that the idle wait does not count) from the first spawn to the
//              last join, over tasks. Checksum: sum of the indices.
// echo         The load `echo`. Checksum: bytes echoed.
// read_to_end  The load `read_to_end`. Checksum: sum modulo 2^64 of the hashes that were answered.
//
// Points are sized so that a sample takes a few milliseconds to half a second: the same point is
// run by variants whose costs an operation lie three orders of magnitude apart.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/params.hpp"

namespace twofold::compare {

struct WorkloadInfo {
  std::string name;
  std::string summary;
  std::string metric;  // the figure that the headline shows
  std::string axis;    // the parameter that plots sweep; empty when there is none
  std::string load;    // empty, or the load of twofold-load that drives this server
  std::vector<Point> smoke;
  std::vector<Point> quick;
  std::vector<Point> full;
};

[[nodiscard]] std::span<const WorkloadInfo> workload_catalogue();

// The entry of that name; throws std::out_of_range for a name that is not in the catalogue.
[[nodiscard]] const WorkloadInfo& workload_info(std::string_view name);

}  // namespace twofold::compare
