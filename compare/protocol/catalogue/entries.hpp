// The entries of the catalogue, made by the source files of this folder: one for each group.
//
// Used by workload_catalogue.cpp alone, which says in which order they are listed.
#pragma once

#include <initializer_list>

#include "protocol/workload_catalogue.hpp"

namespace twofold::compare {

// `points` and `more`: full runs contain the quick points, so that a quick run can be compared with
// a full one.
[[nodiscard]] std::vector<Point> with_more(std::vector<Point> points,
                                           std::initializer_list<Point> more);

WorkloadInfo yield_entry();
WorkloadInfo spawn_join_entry();
WorkloadInfo skynet_entry();
WorkloadInfo fib_entry();
WorkloadInfo nqueens_entry();
WorkloadInfo cancel_entry();

WorkloadInfo ping_pong_entry();
WorkloadInfo ring_entry();
WorkloadInfo channel_pipeline_entry();
WorkloadInfo select_race_entry();
WorkloadInfo fan_out_fan_in_entry();

WorkloadInfo deep_await_entry();
WorkloadInfo stack_growth_entry();
WorkloadInfo hot_split_entry();
WorkloadInfo exceptions_entry();
WorkloadInfo tree_walk_entry();
WorkloadInfo callback_suspend_entry();

WorkloadInfo sleepers_entry();
WorkloadInfo owning_sleepers_entry();
WorkloadInfo live_state_entry();
WorkloadInfo interleaved_lookup_entry();

WorkloadInfo request_mix_entry();
WorkloadInfo spawn_many_entry();
WorkloadInfo yield_many_entry();
WorkloadInfo oneshot_ping_pong_entry();
WorkloadInfo chained_spawn_entry();

WorkloadInfo echo_entry();
WorkloadInfo read_to_end_entry();
WorkloadInfo http_plaintext_entry();
WorkloadInfo resp_server_entry();
WorkloadInfo tcp_proxy_entry();
WorkloadInfo open_loop_latency_entry();
WorkloadInfo idle_connections_entry();

}  // namespace twofold::compare
