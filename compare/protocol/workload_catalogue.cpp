#include "protocol/workload_catalogue.hpp"

#include <stdexcept>

#include "protocol/catalogue/entries.hpp"

namespace twofold::compare {

std::vector<Point> with_more(std::vector<Point> points, std::initializer_list<Point> more) {
  points.insert(points.end(), more);
  return points;
}

std::span<const WorkloadInfo> workload_catalogue() {
  static const std::vector<WorkloadInfo> entries = {yield_entry(),
                                                    spawn_join_entry(),
                                                    ping_pong_entry(),
                                                    ring_entry(),
                                                    channel_pipeline_entry(),
                                                    select_race_entry(),
                                                    fan_out_fan_in_entry(),
                                                    spawn_many_entry(),
                                                    yield_many_entry(),
                                                    oneshot_ping_pong_entry(),
                                                    chained_spawn_entry(),
                                                    skynet_entry(),
                                                    fib_entry(),
                                                    nqueens_entry(),
                                                    deep_await_entry(),
                                                    stack_growth_entry(),
                                                    hot_split_entry(),
                                                    tree_walk_entry(),
                                                    callback_suspend_entry(),
                                                    exceptions_entry(),
                                                    cancel_entry(),
                                                    sleepers_entry(),
                                                    owning_sleepers_entry(),
                                                    live_state_entry(),
                                                    interleaved_lookup_entry(),
                                                    request_mix_entry(),
                                                    echo_entry(),
                                                    read_to_end_entry(),
                                                    http_plaintext_entry(),
                                                    resp_server_entry(),
                                                    tcp_proxy_entry(),
                                                    open_loop_latency_entry(),
                                                    idle_connections_entry()};
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
