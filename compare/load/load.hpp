// A load: one way to use a server, and what comes of it.
//
// Each load is a function in a file of its own (echo_load.cpp, read_to_end_load.cpp), entered in
// the table in load.cpp; that is all it takes to add one.
#pragma once

#include <cstdint>
#include <span>
#include <string>

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

struct LoadResult {
  std::uint64_t ops = 0;  // operations that the usage and the latencies cover
  Usage usage;
  LatencyHistogram latency;
  std::uint64_t expected_checksum = 0;  // what the server must have computed
};

// Runs the whole load to the orderly end of every connection. Throws CheckFailed at the first wrong
// byte, broken connection or passed deadline, Capped when connections cannot be had.
using LoadFunction = LoadResult (*)(const LoadContext&);

struct Load {
  std::string name;  // also of the catalogue's workload, which gives the parameters' defaults
  LoadFunction run;
};

[[nodiscard]] std::span<const Load> all_loads();

// Throws UsageError for an unknown name.
[[nodiscard]] const Load& find_load(const std::string& name);

[[nodiscard]] LoadResult run_echo_load(const LoadContext& context);
[[nodiscard]] LoadResult run_read_to_end_load(const LoadContext& context);

}  // namespace twofold::compare
