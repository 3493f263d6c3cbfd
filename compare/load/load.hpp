// A load: one way to use a server, and what comes of it.
//
// Each load is a function in a file of its own (echo_load.cpp, read_to_end_load.cpp), entered in
// the table in load.cpp; that is all it takes to add one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "load/deadline.hpp"
#include "load/latency_histogram.hpp"
#include "load/meter.hpp"
#include "load/server_process.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

// What a load is given. It owns none of it.
struct LoadContext {
  const Params& params;
  ServerProcess& server;
  std::uint16_t port;
  const Deadline& deadline;
};

// A figure that only this load has.
struct LoadFigure {
  std::string metric;
  std::string unit;
  double value = 0;
};

struct LoadResult {
  std::uint64_t ops = 0;  // operations that the usage and the latencies cover
  Usage usage;
  LatencyHistogram latency;  // of none: the load has no latencies
  std::vector<LoadFigure> figures;
  std::uint64_t expected_checksum = 0;  // what the server must have computed
};

// Runs the whole load to the orderly end of every connection. Throws CheckFailed at the first wrong
// byte, broken connection or passed deadline, Capped when connections cannot be had.
using LoadFunction = LoadResult (*)(const LoadContext&);

struct Load {
  std::string name;
  std::string workload;  // of the catalogue: its first quick point gives the parameters' defaults
  LoadFunction run;
};

[[nodiscard]] std::span<const Load> all_loads();

// Throws UsageError for an unknown name.
[[nodiscard]] const Load& find_load(const std::string& name);

[[nodiscard]] LoadResult run_echo_load(const LoadContext& context);
[[nodiscard]] LoadResult run_read_to_end_load(const LoadContext& context);
[[nodiscard]] LoadResult run_http_plaintext_load(const LoadContext& context);
[[nodiscard]] LoadResult run_resp_load(const LoadContext& context);
[[nodiscard]] LoadResult run_open_loop_load(const LoadContext& context);
[[nodiscard]] LoadResult run_idle_load(const LoadContext& context);

}  // namespace twofold::compare
