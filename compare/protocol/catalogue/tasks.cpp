// Points of the workloads about tasks.
#include "protocol/catalogue/entries.hpp"

namespace twofold::compare {

WorkloadInfo yield_entry() {
  const auto point = [](std::int64_t tasks, std::int64_t yields) {
    return Point{{"tasks", tasks}, {"yields", yields}};
  };
  WorkloadInfo info{.name = "yield",
                    .summary = "tasks that do nothing but yield",
                    .metric = "ns_per_op",
                    .axis = "tasks",
                    .load = "",
                    .smoke = {point(10, 10)},
                    .quick = {point(1, 500'000), point(1'000, 500), point(100'000, 10)},
                    .full = {}};
  info.full = with_more(
      info.quick, {point(10, 50'000), point(100, 5'000), point(10'000, 50), point(1'000'000, 5)});
  return info;
}

WorkloadInfo spawn_join_entry() {
  const auto point = [](std::int64_t batch, std::int64_t rounds) {
    return Point{{"batch", batch}, {"rounds", rounds}};
  };
  WorkloadInfo info{.name = "spawn_join",
                    .summary = "tasks spawned in batches, each returning its index, and joined",
                    .metric = "ns_per_op",
                    .axis = "batch",
                    .load = "",
                    .smoke = {point(10, 2)},
                    .quick = {point(1, 20'000), point(1'000, 30)},
                    .full = {},
                    .about_stacks = true};
  info.full = with_more(info.quick, {point(10, 2'000), point(100, 300), point(10'000, 5)});
  return info;
}

WorkloadInfo skynet_entry() {
  return {.name = "skynet",
          .summary = "a tree of tasks, ten to a node, whose leaves return their index",
          .metric = "ns_per_op",
          .axis = "depth",
          .load = "",
          .smoke = {{{"depth", 3}}},
          .quick = {{{"depth", 5}}},
          .full = {{{"depth", 5}}, {{"depth", 3}}, {{"depth", 4}}, {{"depth", 6}}}};
}

WorkloadInfo fib_entry() {
  return {.name = "fib",
          .summary = "fork-join without a cutoff: fib(n - 1) is spawned, fib(n - 2) awaited",
          .metric = "ns_per_op",
          .axis = "",
          .load = "",
          .smoke = {{{"n", 10}}},
          .quick = {{{"n", 22}}},
          .full = {{{"n", 22}}, {{"n", 32}}}};
}

WorkloadInfo nqueens_entry() {
  return {.name = "nqueens",
          .summary = "fork-join: a task for each row of the next column that no queen attacks",
          .metric = "ns_per_op",
          .axis = "",
          .load = "",
          .smoke = {{{"n", 6}}},
          .quick = {{{"n", 9}}},
          .full = {{{"n", 9}}, {{"n", 13}}}};
}

WorkloadInfo cancel_entry() {
  const auto point = [](std::int64_t depth, std::int64_t tasks) {
    return Point{{"depth", depth}, {"tasks", tasks}};
  };
  WorkloadInfo info{.name = "cancel",
                    .summary = "parked chains of calls, each with a destructor, that are aborted",
                    .metric = "ns_per_op",
                    .axis = "depth",
                    .load = "",
                    .smoke = {point(2, 10)},
                    .quick = {point(1, 5'000), point(8, 2'000), point(64, 300)},
                    .full = {}};
  info.full = with_more(info.quick, {point(2, 5'000), point(16, 1'000), point(32, 500)});
  return info;
}

}  // namespace twofold::compare
