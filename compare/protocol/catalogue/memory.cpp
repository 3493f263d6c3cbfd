// Points of the workloads about memory.
#include "protocol/catalogue/entries.hpp"

namespace twofold::compare {

WorkloadInfo sleepers_entry() {
  const auto point = [](std::int64_t tasks, std::int64_t sleep_ms) {
    return Point{{"tasks", tasks}, {"sleep_ms", sleep_ms}};
  };
  WorkloadInfo info{.name = "sleepers",
                    .summary = "tasks that sleep on a timer, all at the same time",
                    .metric = "bytes_per_task",
                    .axis = "tasks",
                    .load = "",
                    .smoke = {point(100, 20)},
                    .quick = {point(10'000, 100), point(1'000'000, 1'000)},
                    .full = {},
                    .about_stacks = true};
  info.full = with_more(info.quick, {point(20'000, 150), point(50'000, 200), point(100'000, 250)});
  return info;
}

WorkloadInfo owning_sleepers_entry() {
  WorkloadInfo info = sleepers_entry();
  info.name = "owning_sleepers";
  info.summary = "tasks that sleep and own a string, a vector and a try block meanwhile";
  info.quick = {{{"tasks", 20'000}, {"sleep_ms", 100}}};
  info.full = with_more(info.quick, {{{"tasks", 100'000}, {"sleep_ms", 250}},
                                     {{"tasks", 1'000'000}, {"sleep_ms", 1'000}}});
  return info;
}

WorkloadInfo live_state_entry() {
  const auto point = [](std::int64_t live_bytes, std::int64_t tasks) {
    return Point{{"live_bytes", live_bytes}, {"tasks", tasks}};
  };
  WorkloadInfo info{.name = "live_state",
                    .summary = "tasks that hold so many bytes across an await",
                    .metric = "bytes_per_task",
                    .axis = "live_bytes",
                    .load = "",
                    .smoke = {point(64, 100)},
                    .quick = {point(64, 10'000), point(1'024, 10'000), point(16'384, 1'000)},
                    .full = {},
                    .about_stacks = true};
  info.full = with_more(info.quick, {point(256, 10'000), point(4'096, 10'000), point(64, 100'000),
                                     point(1'024, 100'000)});
  return info;
}

WorkloadInfo interleaved_lookup_entry() {
  const auto point = [](std::int64_t width, std::int64_t table_mib, std::int64_t lookups) {
    return Point{{"width", width}, {"table_mib", table_mib}, {"lookups", lookups}};
  };
  WorkloadInfo info{.name = "interleaved_lookup",
                    .summary = "probes of a table far larger than the caches, so many at a time",
                    .metric = "ns_per_op",
                    .axis = "width",
                    .load = "",
                    .smoke = {point(4, 1, 1'000)},
                    .quick = {point(1, 256, 100'000), point(32, 256, 100'000)},
                    .full = {}};
  info.full = with_more(info.quick, {point(4, 256, 100'000), point(8, 256, 100'000),
                                     point(16, 256, 100'000), point(64, 256, 100'000)});
  return info;
}

}  // namespace twofold::compare
