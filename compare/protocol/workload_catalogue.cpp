#include "protocol/workload_catalogue.hpp"

#include <initializer_list>
#include <stdexcept>

namespace twofold::compare {
namespace {

// Full runs contain the quick points, so that a quick run can be compared with a full one.
std::vector<Point> with_more(std::vector<Point> points, std::initializer_list<Point> more) {
  points.insert(points.end(), more);
  return points;
}

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
                    .quick = {point(1, 500'000), point(1'000, 500), point(100'000, 20)},
                    .full = {}};
  info.full = with_more(
      info.quick, {point(10, 50'000), point(100, 5'000), point(10'000, 50), point(1'000'000, 10)});
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
                    .full = {}};
  info.full = with_more(info.quick, {point(10, 2'000), point(100, 300), point(10'000, 5)});
  return info;
}

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
      .quick = points({1, 10, 100, 1'000, 10'000}),
      .full = points({1, 10, 20, 50, 100, 1'000, 10'000, 100'000})};
}

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
                    .quick = {point(10'000, 100), point(100'000, 250), point(1'000'000, 1'000)},
                    .full = {}};
  info.full = with_more(info.quick, {point(30'000, 200), point(300'000, 500)});
  return info;
}

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
                    .quick = {point(1, 64, 4'000), point(100, 64, 40'000),
                              point(1'000, 64, 40'000), point(100, 4'096, 25'000)},
                    .full = {}};
  info.full = with_more(
      info.quick, {point(10, 64, 50'000), point(10'000, 64, 100'000), point(100, 16'384, 20'000)});
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

}  // namespace

std::span<const WorkloadInfo> workload_catalogue() {
  static const std::vector<WorkloadInfo> entries = {
      yield_entry(),    spawn_join_entry(), ping_pong_entry(),  deep_await_entry(),
      sleepers_entry(), echo_entry(),       read_to_end_entry()};
  return entries;
}

const WorkloadInfo& workload_info(std::string_view name) {
  for (const WorkloadInfo& info : workload_catalogue()) {
    if (info.name == name) {
      return info;
    }
  }
  throw std::out_of_range("the catalogue has no workload '" + std::string(name) + "'");
}

}  // namespace twofold::compare
