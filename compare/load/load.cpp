#include "load/load.hpp"

#include <array>

#include "protocol/outcome.hpp"

namespace twofold::compare {

std::span<const Load> all_loads() {
  static const std::array<Load, 6> loads{{
      {"echo", "echo", run_echo_load},
      {"read_to_end", "read_to_end", run_read_to_end_load},
      {"http_plaintext", "http_plaintext", run_http_plaintext_load},
      {"resp_server", "resp_server", run_resp_load},
      {"open_loop", "open_loop_latency", run_open_loop_load},
      {"idle", "idle_connections", run_idle_load},
  }};
  return loads;
}

const Load& find_load(const std::string& name) {
  std::string known;
  for (const Load& load : all_loads()) {
    if (load.name == name) {
      return load;
    }
    known += (known.empty() ? "" : ", ") + load.name;
  }
  throw UsageError("unknown load '" + name + "'; there are: " + known);
}

}  // namespace twofold::compare
