// Points of the workloads about depth.
#include "protocol/catalogue/entries.hpp"

namespace twofold::compare {

WorkloadInfo deep_await_entry() {
  // A million frames in all at each depth, but no more than 200,000 suspensions.
  const auto points = [](std::initializer_list<std::int64_t> depths) {
    std::vector<Point> result;
    for (const std::int64_t suspend : {0, 1}) {
      for (const std::int64_t depth : depths) {
        const std::int64_t repeats = depth < 5 ? 200'000 : 1'000'000 / depth;
        result.push_back({{"depth", depth}, {"repeats", repeats}, {"suspend", suspend}});
      }
    }
    return result;
  };
  return {
      .name = "deep_await",
      .summary = "a recursion through async calls that completes at once or yields at the bottom",
      .metric = "ns_per_op",
      .axis = "depth",
      .load = "",
      .smoke = {{{"depth", 10}, {"repeats", 10}, {"suspend", 0}},
                {{"depth", 10}, {"repeats", 10}, {"suspend", 1}}},
      .quick = points({1, 10, 20, 100, 1'000, 10'000}),
      .full = points({1, 10, 20, 50, 100, 1'000, 10'000, 100'000}),
      .about_stacks = true};
}

WorkloadInfo stack_growth_entry() {
  const auto point = [](std::int64_t depth, std::int64_t tasks, std::int64_t together) {
    return Point{{"depth", depth}, {"tasks", tasks}, {"together", together}};
  };
  WorkloadInfo info{.name = "stack_growth",
                    .summary = "fresh tasks that each descend to the bottom of a recursion once",
                    .metric = "ns_per_op",
                    .axis = "depth",
                    .load = "",
                    .smoke = {point(10, 10, 5)},
                    .quick = {point(10, 20'000, 1), point(1'000, 300, 1), point(100'000, 4, 1)},
                    .full = {},
                    .about_stacks = true};
  info.full =
      with_more(info.quick, {point(100, 3'000, 1), point(10'000, 30, 1), point(10, 20'000, 10'000),
                             point(100, 3'000, 1'000), point(1'000, 300, 100),
                             point(10'000, 30, 10), point(100'000, 4, 2)});
  return info;
}

WorkloadInfo hot_split_entry() {
  const auto points = [](std::int64_t deepest, std::int64_t step) {
    std::vector<Point> result;
    for (std::int64_t bytes = 0; bytes <= deepest; bytes += step) {
      result.push_back({{"entry_bytes", bytes}, {"calls", 10'000'000}});
    }
    return result;
  };
  return {
      .name = "hot_split",
      .summary = "a call ten million times over, from so deep that it may straddle two segments",
      .metric = "ns_per_op",
      .axis = "entry_bytes",
      .load = "",
      .smoke = {{{"entry_bytes", 512}, {"calls", 1'000}}},
      .quick = points(1'024, 256),
      .full = points(4'096, 256),
      .about_stacks = true};
}

WorkloadInfo exceptions_entry() {
  const auto point = [](std::int64_t depth, std::int64_t repeats) {
    return Point{{"depth", depth}, {"repeats", repeats}};
  };
  WorkloadInfo info{.name = "exceptions",
                    .summary = "an exception that passes async calls to the one that catches it",
                    .metric = "ns_per_op",
                    .axis = "depth",
                    .load = "",
                    .smoke = {point(2, 10)},
                    .quick = {point(1, 10'000), point(8, 2'000), point(64, 300)},
                    .full = {},
                    .about_stacks = true};
  info.full = with_more(info.quick, {point(2, 10'000), point(16, 1'000), point(128, 200)});
  return info;
}

WorkloadInfo tree_walk_entry() {
  const auto point = [](std::int64_t nodes) { return Point{{"nodes", nodes}}; };
  return {.name = "tree_walk",
          .summary = "a recursive in-order walk of a search tree that hands over each key",
          .metric = "ns_per_op",
          .axis = "",
          .load = "",
          .smoke = {point(100)},
          .quick = {point(50'000)},
          .full = {point(50'000), point(1'000'000)}};
}

WorkloadInfo callback_suspend_entry() {
  return {.name = "callback_suspend",
          .summary = "qsort with a comparator that lets other tasks run",
          .metric = "ns_per_op",
          .axis = "",
          .load = "",
          .smoke = {{{"elements", 50}}},
          .quick = {{{"elements", 10'000}}},
          .full = {{{"elements", 10'000}}, {{"elements", 100'000}}}};
}

}  // namespace twofold::compare
