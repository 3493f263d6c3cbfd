// The workloads that several programs run: what each computes, and at which points it is measured.
//
// One place for all, so that every variant runs the same thing at the same points. A program gives
// `workload_info(NAME)` to `protocol_main` together with its own implementation.
//
// What each workload does, and what its checksum is made of, binding for every variant and peer:
//
// yield        `tasks` tasks are started; once all are, the clock starts, and each is let go and
//              yields `yields` times. Checksum: yields that came back, over all tasks.
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
// stack_growth `tasks` tasks are spawned, `together` at a time, that call themselves to a depth of
//              `depth`; the innermost call waits until all `together` are there. Each returns its
//              depth as in deep_await. Creation and joining are in the time. An operation is a
//              frame. Checksum: sum of the depths.
// hot_split    With `entry_bytes` of stack used, a function with a frame of some 256 bytes that
//              returns its argument plus 1 is called `calls` times, with 0, 1, ... Plain calls in
//              every variant. Checksum: sum of the answers.
// sleepers     `tasks` tasks each note that they run, sleep until one instant common to all, and
//              return their index. That instant is `sleep_ms` after the start; when three quarters
//              of the time are over and not all sleep yet, the starting task doubles it, and a
//              sleeper that wakes before the instant sleeps again. `bytes_per_task` is the growth
//              of RSS and page tables from before the first spawn to when all sleep; `ns_per_op` is
//              process CPU time (so that the idle wait does not count) from the first spawn to the
//              last join, over tasks. Checksum: sum of the indices.
// owning_sleepers
//              As sleepers, by tasks that hold across the sleep a string of 48 characters, each of
//              the value 1 + index % 9, a vector of 8 integers, each the index, and a try block.
//              Checksum: sum of all characters and integers.
// ring         `tasks` tasks, each with a channel of capacity 1 to the next, all started before the
//              clock. The first is sent 0; whoever receives the token adds 1 and sends it on: a
//              hop. Who makes it `hops` reports it, which stops the clock. Checksum: that token.
// channel_pipeline
//              0, 1, ... `items` - 1 pass `stages` tasks over channels of `capacity` (0:
//              rendezvous); each makes x into 3 x + 1. An operation is an item over a channel.
//              Checksum: sum of what comes out.
// select_race  A task feeds 0, 1, ... `rounds` - 1 into two channels of capacity 1, every third
// into
//              the first; another takes each by a select over both and an hour's sleep. Checksum:
//              31 times the sum from the first and the sum from the second.
// fan_out_fan_in
//              `requests` times `fan` tasks are spawned, which each wait 1 to 40 ms of virtual time
//              for an answer, every eighth 1 s, and give up after 50 ms. Checksum: sum of the
//              answers in time, index + 1 each.
// skynet       A task that has one leaf returns the leaf's index; any other spawns ten for a tenth
// of
//              its 10^`depth` leaves each, and returns the sum of what they return, joined in
//              order. An operation is a leaf; `rss_bytes` is the peak. Checksum: the sum.
// fib          fib(n) by spawning fib(n - 1) and awaiting fib(n - 2) in place. An operation is a
// task
//              spawned. Checksum: fib(n).
// nqueens      A task for each row of the next column that is not attacked, the board by value. An
//              operation is a task. Checksum: number of solutions.
// tree_walk    An in-order walk of a search tree of `nodes` random keys, recursive over async calls
//              (to the right too: it counts what it has sent), sends each key over a channel of
//              capacity 1. Checksum: hash over the keys in order.
// callback_suspend
//              qsort of `elements` random numbers, whose comparator yields to another task. An
//              operation is a comparison. Checksum: hash over the sorted numbers.
// exceptions   `repeats` times an exception is thrown `depth` async calls deep and caught.
// Checksum:
//              sum of 2 i + 1.
// cancel       `tasks` tasks park `depth` async calls deep, each call with a destructor; then all
// are
//              aborted. The clock stops when all destructors have run. Checksum: their number.
// live_state   `tasks` tasks each hold `live_bytes` across an await. `bytes_per_task` as for
// sleepers.
//              Checksum: sum of the words held.
// interleaved_lookup
//              `lookups` chains of four dependent cache misses in a table of `table_mib` MiB, by
//              `width` tasks that prefetch and yield (one: neither waits nor yields). The same by
//              hand, in the same process: `sequential_ns_per_op`, `group_prefetch_ns_per_op`.
//              Checksum: sum of the values found.
// request_mix  `tasks` tasks each hold `live_bytes` and make `requests` requests: `depth` async
// calls,
//              at the bottom a yield, and for `io_percent` of them a byte through a pipe. Before
//              the clock starts all wait at the bottom of one request more, where `bytes_per_task`
//              is taken. Checksum: sum over all requests of depth + 1.
// spawn_many   `rounds` times, `tasks` tasks are spawned, whose handles are dropped; each takes 1
// from a
//              counter, and the one that takes the last tells the spawner over a channel. An
//              operation is a task. Checksum: tasks that took from the counters.
// yield_many   `tasks` tasks are spawned that yield `yields` times each and then tell the spawner
// over a
//              channel of capacity `tasks`. An operation is a yield; the clock covers the spawning.
//              Checksum: yields that came back.
// oneshot_ping_pong
//              `rounds` times a task spawns `pings` tasks, each of which makes two oneshot
//              channels, spawns a partner that waits for the first and then sends on the second,
//              sends on the first and waits for the second; the last of them tells. An operation is
//              a ping. Checksum: pings that were answered.
// chained_spawn
//              `rounds` times: a task spawns the next one and ends, `tasks` of them; the last
//              tells. An operation is a task. Checksum: tasks that ran.
// echo         The load `echo`. Checksum: bytes echoed.
// http_plaintext
//              The load `http_plaintext`. The server reads with a buffer of 16 KiB and parses each
//              request whole. Checksum: requests answered.
// resp_server  The load `resp_server`. Checksum: commands answered.
// tcp_proxy    The load `echo`, against a proxy in front of an echo server: both in the measured
//              process. Checksum: bytes echoed.
// open_loop_latency
//              The load `open_loop`, against the server of `echo`. Checksum: bytes echoed.
// idle_connections
//              The load `idle`, against a server that echoes with a buffer of 1 KiB a connection
//              (where there is a buffer a connection). Checksum: bytes echoed.
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
  bool exact = false;  // its figures are counts: one sample is enough
  // Every way to keep a stack takes part in quick runs too; elsewhere the default alone.
  bool about_stacks = false;
};

[[nodiscard]] std::span<const WorkloadInfo> workload_catalogue();

// The entry of that name; throws std::out_of_range for a name that is not in the catalogue.
[[nodiscard]] const WorkloadInfo& workload_info(std::string_view name);

}  // namespace twofold::compare
