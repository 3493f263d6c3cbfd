// Runs a program for an end-to-end test and keeps what it said on standard output.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace twofold::compare {

struct Finished {
  int exit_status = -1;  // -1: it did not exit by itself
  std::vector<nlohmann::json> lines;

  // The last line; null when there was none.
  [[nodiscard]] nlohmann::json last() const { return lines.empty() ? nullptr : lines.back(); }
};

// Each argument is passed on as it is. A line that is no JSON becomes a JSON string.
[[nodiscard]] Finished run_program(const std::vector<std::string>& arguments);

}  // namespace twofold::compare
