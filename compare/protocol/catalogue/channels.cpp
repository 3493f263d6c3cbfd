// Points of the workloads about channels.
#include "protocol/catalogue/entries.hpp"

namespace twofold::compare {

WorkloadInfo ping_pong_entry() {
  const auto point = [](std::int64_t round_trips) { return Point{{"round_trips", round_trips}}; };
  WorkloadInfo info{
      .name = "ping_pong",
      .summary = "values sent to and fro between two tasks over channels of capacity 1",
      .metric = "ns_per_op",
      .axis = "",
      .load = "",
      .smoke = {point(100)},
      .quick = {point(100'000)},
      .full = {point(100'000)}};
  return info;
}

WorkloadInfo ring_entry() {
  const auto point = [](std::int64_t tasks, std::int64_t hops) {
    return Point{{"tasks", tasks}, {"hops", hops}};
  };
  WorkloadInfo info{
      .name = "ring",
      .summary = "a token that goes round a ring of tasks over channels of capacity 1",
      .metric = "ns_per_op",
      .axis = "tasks",
      .load = "",
      .smoke = {point(10, 100)},
      .quick = {point(10, 100'000), point(1'000, 100'000)},
      .full = {}};
  info.full = with_more(info.quick, {point(2, 100'000), point(100, 100'000), point(10'000, 100'000),
                                     point(100'000, 200'000)});
  return info;
}

WorkloadInfo channel_pipeline_entry() {
  const auto point = [](std::int64_t capacity, std::int64_t stages, std::int64_t items) {
    return Point{{"capacity", capacity}, {"stages", stages}, {"items", items}};
  };
  WorkloadInfo info{.name = "channel_pipeline",
                    .summary = "items that pass stages over bounded channels, with back-pressure",
                    .metric = "ns_per_op",
                    .axis = "capacity",
                    .load = "",
                    .smoke = {point(1, 2, 50)},
                    .quick = {point(0, 4, 10'000), point(1, 4, 10'000), point(64, 4, 20'000)},
                    .full = {}};
  info.full = with_more(info.quick, {point(8, 4, 20'000), point(1'024, 4, 50'000)});
  return info;
}

WorkloadInfo select_race_entry() {
  return {.name = "select_race",
          .summary = "two channels and a timer raced by select, the losers dropped",
          .metric = "ns_per_op",
          .axis = "",
          .load = "",
          .smoke = {{{"rounds", 100}}},
          .quick = {{{"rounds", 50'000}}},
          .full = {{{"rounds", 50'000}}, {{"rounds", 500'000}}}};
}

WorkloadInfo fan_out_fan_in_entry() {
  const auto point = [](std::int64_t fan, std::int64_t requests) {
    return Point{{"fan", fan}, {"requests", requests}};
  };
  return {.name = "fan_out_fan_in",
          .summary = "requests that ask many tasks and give up on the slow ones, in virtual time",
          .metric = "ns_per_op",
          .axis = "fan",
          .load = "",
          .smoke = {point(4, 10)},
          .quick = {point(8, 1'000), point(100, 100)},
          .full = {point(8, 1'000), point(100, 100), point(1'000, 20)}};
}

}  // namespace twofold::compare
