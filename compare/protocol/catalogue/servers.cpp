// Points of the workloads about servers.
#include "protocol/catalogue/entries.hpp"

namespace twofold::compare {

WorkloadInfo echo_entry() {
  const auto point = [](std::int64_t connections, std::int64_t message_bytes,
                        std::int64_t requests) {
    return Point{
        {"connections", connections}, {"message_bytes", message_bytes}, {"requests", requests}};
  };
  WorkloadInfo info{.name = "echo",
                    .summary = "TCP server on loopback that sends back what it receives",
                    .metric = "cpu_s_per_mop",
                    .axis = "connections",
                    .load = "echo",
                    .smoke = {point(4, 64, 200)},
                    .quick = {point(1, 64, 2'000), point(100, 64, 40'000), point(1'000, 64, 20'000)},
                    .full = {}};
  info.full = with_more(
      info.quick, {point(10, 64, 50'000), point(10'000, 64, 100'000), point(100, 4'096, 25'000),
                   point(100, 16'384, 20'000)});
  return info;
}

WorkloadInfo read_to_end_entry() {
  const auto point = [](std::int64_t connections, std::int64_t stream_bytes,
                        std::int64_t chunk_bytes, std::int64_t gap_us) {
    return Point{{"connections", connections},
                 {"stream_bytes", stream_bytes},
                 {"chunk_bytes", chunk_bytes},
                 {"gap_us", gap_us}};
  };
  WorkloadInfo info{
      .name = "read_to_end",
      .summary = "TCP server on loopback that reads a stream to its end and hashes it",
      .metric = "cpu_s_per_mop",
      .axis = "connections",
      .load = "read_to_end",
      .smoke = {point(4, 1'000, 100, 500)},
      .quick = {point(100, 16'384, 1'024, 1'000), point(1'000, 16'384, 1'024, 1'000)},
      .full = {}};
  info.full =
      with_more(info.quick, {point(10, 16'384, 1'024, 1'000), point(4'000, 16'384, 1'024, 1'000),
                             point(100, 1'048'576, 16'384, 0)});
  return info;
}

}  // namespace twofold::compare
