// Points of Tokio's own four benchmarks of its scheduler (tokio/benches/rt_multi_threaded.rs),
// whose sizes are the first quick points.
#include "protocol/catalogue/entries.hpp"

namespace twofold::compare {

WorkloadInfo spawn_many_entry() {
  return {.name = "spawn_many",
          .summary = "tasks that each count down, spawned by one; the last tells (Tokio's bench)",
          .metric = "ns_per_op",
          .axis = "",
          .load = "",
          .smoke = {{{"tasks", 100}, {"rounds", 2}}},
          .quick = {{{"tasks", 10'000}, {"rounds", 5}}},
          .full = {{{"tasks", 10'000}, {"rounds", 5}}}};
}

WorkloadInfo yield_many_entry() {
  return {.name = "yield_many",
          .summary = "200 tasks that yield a thousand times and tell that they did (Tokio's bench)",
          .metric = "ns_per_op",
          .axis = "",
          .load = "",
          .smoke = {{{"tasks", 10}, {"yields", 10}}},
          .quick = {{{"tasks", 200}, {"yields", 1'000}}},
          .full = {{{"tasks", 200}, {"yields", 1'000}}}};
}

WorkloadInfo oneshot_ping_pong_entry() {
  return {
      .name = "oneshot_ping_pong",
      .summary = "pairs of tasks that ping each other over oneshot channels (Tokio's ping_pong)",
      .metric = "ns_per_op",
      .axis = "",
      .load = "",
      .smoke = {{{"pings", 20}, {"rounds", 2}}},
      .quick = {{{"pings", 1'000}, {"rounds", 20}}},
      .full = {{{"pings", 1'000}, {"rounds", 20}}}};
}

WorkloadInfo chained_spawn_entry() {
  return {.name = "chained_spawn",
          .summary = "tasks that each spawn the next and end; the last tells (Tokio's bench)",
          .metric = "ns_per_op",
          .axis = "",
          .load = "",
          .smoke = {{{"tasks", 50}, {"rounds", 2}}},
          .quick = {{{"tasks", 1'000}, {"rounds", 50}}},
          .full = {{{"tasks", 1'000}, {"rounds", 50}}}};
}

}  // namespace twofold::compare
