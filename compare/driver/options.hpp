// The command line of `twofold-compare`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace twofold::compare {

enum class RunSize { kSmoke, kQuick, kFull };

struct Options {
  RunSize size = RunSize::kQuick;
  bool list = false;
  std::vector<std::string> only;
  std::vector<std::string> variants;
  bool peers = true;
  std::optional<int> repeat;  // rounds; otherwise as the size of run says
  std::vector<unsigned> workers = {1};
  std::vector<std::string> compilers;  // empty: the manifest's first
  std::uint64_t seed = 1;
  std::string baseline;
  bool fail_on_regression = false;
  std::string json;  // a path, "-" for standard output, or empty
  std::string out;
  double sample_timeout_s = 120;
  std::string manifest;
  std::vector<std::string> arguments;  // as given, for the report
};

// What a parsed command line asks for when it does not ask for a run: --help has been printed, or
// it was wrong and the reason has been printed to standard error.
struct ParseEnd {
  int exit_status = 0;
};

// Returns the options, or how to end.
[[nodiscard]] std::optional<Options> parse_options(int argc, const char* const* argv,
                                                   ParseEnd& end);

[[nodiscard]] std::string size_name(RunSize size);

}  // namespace twofold::compare
