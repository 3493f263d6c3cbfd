#include "load/load.hpp"

#include <array>

#include "protocol/outcome.hpp"

namespace twofold::compare {

std::span<const Load> all_loads() {
  static const std::array<Load, 2> loads{{
      {"echo", run_echo_load},
      {"read_to_end", run_read_to_end_load},
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
