// Points of the workload that the cost model is fitted to.
#include "protocol/catalogue/entries.hpp"

namespace twofold::compare {

WorkloadInfo request_mix_entry() {
  // About 20,000 requests and 400,000 calls at most.
  const auto point = [](std::int64_t depth, std::int64_t tasks, std::int64_t live_bytes,
                        std::int64_t io_percent) {
    const std::int64_t in_all = depth > 16 ? 8'000 : 24'000;
    const std::int64_t requests = tasks >= in_all ? 1 : in_all / tasks;
    return Point{{"depth", depth},
                 {"tasks", tasks},
                 {"live_bytes", live_bytes},
                 {"io_percent", io_percent},
                 {"requests", requests}};
  };
  WorkloadInfo info{
      .name = "request_mix",
      .summary = "tasks that wait so many calls deep, holding so much, with or without I/O",
      .metric = "ns_per_op",
      .axis = "depth",
      .load = "",
      .smoke =
          {{{"depth", 3}, {"tasks", 10}, {"live_bytes", 64}, {"io_percent", 50}, {"requests", 4}}},
      .quick = {point(1, 1'000, 64, 0), point(4, 1'000, 64, 0), point(16, 1'000, 64, 0),
                point(64, 1'000, 64, 0), point(1, 10, 64, 0), point(16, 10, 64, 0),
                point(4, 20'000, 64, 0), point(16, 20'000, 1'024, 0), point(1, 1'000, 8'192, 0),
                point(4, 1'000, 1'024, 0), point(4, 400, 64, 100), point(16, 400, 64, 50)},
      .full = {}};
  info.full = with_more(
      info.quick, {point(1, 20'000, 64, 0), point(64, 10, 64, 0), point(64, 20'000, 64, 0),
                   point(4, 200'000, 64, 0), point(1, 200'000, 1'024, 0), point(128, 1'000, 64, 0),
                   point(16, 1'000, 8'192, 0), point(1, 400, 64, 100), point(64, 400, 64, 100),
                   point(4, 10, 8'192, 0)});
  return info;
}

}  // namespace twofold::compare
