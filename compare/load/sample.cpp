#include "load/sample.hpp"

#include <cstdio>

#include "load/load.hpp"
#include "load/server_process.hpp"
#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

constexpr unsigned kServerCore = 0;
constexpr unsigned kClientCore = 1;

// How long a server may take to die of what already broke its connections.
constexpr std::chrono::milliseconds kDyingTime{500};

// A load that failed has seen only the symptom. When the server ended as well, its own account
// comes first: a limit that it hit is no failure, and a signal explains a reset connection.
[[noreturn]] void throw_with_account_of(ServerProcess& server, const CheckFailed& symptom) {
  const std::string seen = symptom.what();
  if (!server.await_end(Deadline(kDyingTime))) {
    throw CheckFailed(seen);
  }
  try {
    server.judge_ending();
  } catch (const CheckFailed& account) {
    throw CheckFailed(seen + "; " + account.what());
  }
  throw CheckFailed(seen);
}

LoadResult drive(ServerProcess& server, const SampleOptions& options, const Deadline& deadline) {
  try {
    const std::uint16_t port = server.await_listening(deadline);
    LoadResult result = find_load(options.load).run({options.params, server, port, deadline});
    if (!server.await_end(deadline)) {
      throw CheckFailed("the server did not end after its last connection was closed");
    }
    return result;
  } catch (const CheckFailed& symptom) {
    throw_with_account_of(server, symptom);
  }
}

void print_figures(const LoadResult& result, std::uint64_t peak_resident_bytes, Output& output) {
  const auto ops = static_cast<double>(result.ops);
  const Usage& usage = result.usage;
  const auto quantile_us = [&](double q) {
    return static_cast<double>(result.latency.quantile(q)) / 1000;
  };
  output.metric("cpu_s_per_mop", "s", usage.server_cpu_seconds / ops * 1e6);
  output.metric("ops_per_second", "1/s", ops / usage.wall_seconds);
  if (result.latency.count() > 0) {
    output.metric("p50_us", "us", quantile_us(0.5));
    output.metric("p99_us", "us", quantile_us(0.99));
    output.metric("p999_us", "us", quantile_us(0.999));
    output.metric("max_us", "us", static_cast<double>(result.latency.max()) / 1000);
  }
  for (const LoadFigure& figure : result.figures) {
    output.metric(figure.metric, figure.unit, figure.value);
  }
  output.metric("client_cpu_s_per_mop", "s", usage.client_cpu_seconds / ops * 1e6);
  // Which of the two had no time left: the one near 1 sets the throughput.
  output.metric("server_cores_busy", "cores", usage.server_cpu_seconds / usage.wall_seconds);
  output.metric("client_cores_busy", "cores", usage.client_cpu_seconds / usage.wall_seconds);
  output.metric("rss_bytes", "B", static_cast<double>(peak_resident_bytes));
}

}  // namespace

void run_sample(const SampleOptions& options, Output& output) {
  const Deadline deadline(options.timeout);
  raise_descriptor_limit();
  ServerProcess server(options.server_command, kServerCore);
  if (!pin_to_core(kClientCore)) {
    std::fprintf(stderr, "twofold-load: core %u is not to be had; figures will be disturbed\n",
                 kClientCore);
  }
  const LoadResult result = drive(server, options, deadline);
  server.judge_ending();
  server.judge_checksum(result.expected_checksum);
  print_figures(result, server.peak_resident_bytes(), output);
  output.check_ok(result.expected_checksum, result.ops);
}

}  // namespace twofold::compare
