// Points of the workloads about servers.
#include "protocol/catalogue/entries.hpp"

namespace twofold::compare {

WorkloadInfo echo_entry() {
  const auto point = [](std::int64_t connections, std::int64_t message_bytes,
                        std::int64_t requests) {
    return Point{
        {"connections", connections}, {"message_bytes", message_bytes}, {"requests", requests}};
  };
  WorkloadInfo info{
      .name = "echo",
      .summary = "TCP server on loopback that sends back what it receives",
      .metric = "cpu_s_per_mop",
      .axis = "connections",
      .load = "echo",
      .smoke = {point(4, 64, 200)},
      .quick = {point(1, 64, 2'000), point(100, 64, 20'000), point(1'000, 64, 10'000)},
      .full = {}};
  info.full = with_more(info.quick, {point(10, 64, 50'000), point(10'000, 64, 100'000),
                                     point(100, 4'096, 25'000), point(100, 16'384, 20'000)});
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
      with_more(info.quick, {point(10, 16'384, 1'024, 1'000), point(100, 1'048'576, 16'384, 0)});
  return info;
}

WorkloadInfo http_plaintext_entry() {
  const auto point = [](std::int64_t connections, std::int64_t requests) {
    return Point{{"connections", connections}, {"requests", requests}};
  };
  WorkloadInfo info{.name = "http_plaintext",
                    .summary = "HTTP/1.1 server that answers GET /plaintext with Hello, World!",
                    .metric = "cpu_s_per_mop",
                    .axis = "connections",
                    .load = "http_plaintext",
                    .smoke = {point(4, 200)},
                    .quick = {point(100, 20'000)},
                    .full = {}};
  info.full =
      with_more(info.quick, {point(1, 2'000), point(1'000, 40'000), point(10'000, 100'000)});
  return info;
}

WorkloadInfo resp_server_entry() {
  const auto point = [](std::int64_t connections, std::int64_t pipeline, std::int64_t requests) {
    return Point{{"connections", connections}, {"pipeline", pipeline}, {"requests", requests}};
  };
  WorkloadInfo info{.name = "resp_server",
                    .summary = "keys and values over Redis's protocol: SET and GET, pipelined",
                    .metric = "cpu_s_per_mop",
                    .axis = "pipeline",
                    .load = "resp_server",
                    .smoke = {point(4, 4, 400)},
                    .quick = {point(50, 16, 100'000)},
                    .full = {}};
  info.full = with_more(info.quick, {point(50, 1, 40'000), point(1'000, 16, 200'000)});
  return info;
}

// The load is that of `echo`: its parameters too.
WorkloadInfo tcp_proxy_entry() {
  const auto point = [](std::int64_t connections, std::int64_t message_bytes,
                        std::int64_t requests) {
    return Point{
        {"connections", connections}, {"message_bytes", message_bytes}, {"requests", requests}};
  };
  WorkloadInfo info{.name = "tcp_proxy",
                    .summary = "a proxy in front of an echo server, in one process",
                    .metric = "cpu_s_per_mop",
                    .axis = "connections",
                    .load = "echo",
                    .smoke = {point(4, 64, 200)},
                    .quick = {point(100, 64, 10'000)},
                    .full = {}};
  info.full = with_more(info.quick,
                        {point(1, 64, 2'000), point(1'000, 64, 20'000), point(100, 16'384, 5'000)});
  return info;
}

WorkloadInfo open_loop_latency_entry() {
  const auto point = [](std::int64_t connections, std::int64_t requests) {
    return Point{{"connections", connections},
                 {"message_bytes", 64},
                 {"requests", requests},
                 {"percent", 67}};
  };
  WorkloadInfo info{
      .name = "open_loop_latency",
      .summary = "echo under requests that come at random times, at 2/3 of saturation",
      .metric = "p99_us",
      .axis = "connections",
      .load = "open_loop",
      .smoke = {point(4, 400)},
      .quick = {point(100, 30'000)},
      .full = {}};
  info.full = with_more(info.quick, {point(10, 50'000), point(1'000, 50'000)});
  return info;
}

WorkloadInfo idle_connections_entry() {
  const auto point = [](std::int64_t connections) { return Point{{"connections", connections}}; };
  return {.name = "idle_connections",
          .summary = "connections that said one byte and then nothing, to an echo server",
          .metric = "bytes_per_connection",
          .axis = "connections",
          .load = "idle",
          .smoke = {point(20)},
          .quick = {point(2'000)},
          .full = {point(2'000), point(10'000)}};
}

}  // namespace twofold::compare
