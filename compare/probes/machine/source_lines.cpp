// `source_lines`: how much code the servers `echo` and `read_to_end` take in each style, and how
// often it shares ownership to keep state alive, counted in the very sources that are measured.
// Comments and empty lines are left out, and so is what is a library of its own style: event loops,
// promises.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "machine/probes.hpp"

namespace twofold::compare {
namespace {

namespace fs = std::filesystem;

struct Counts {
  std::uint64_t lines = 0;
  std::uint64_t shared_pointers = 0;  // lines that name or make one
};

void count(const fs::path& file, Counts& counts) {
  std::ifstream stream(file);
  std::string line;
  while (std::getline(stream, line)) {
    const auto start = line.find_first_not_of(" \t");
    if (start == std::string::npos || line.compare(start, 2, "//") == 0) continue;
    ++counts.lines;
    counts.shared_pointers += line.find("shared_ptr") != std::string::npos ||
                                      line.find("make_shared") != std::string::npos
                                  ? 1
                                  : 0;
  }
}

struct Style {
  std::string name;
  std::vector<const char*> files;
};

void run_source_lines(const Params&, Output& output) {
  const std::vector<Style> styles = {
      {"dialect", {"workloads/echo.cpp", "workloads/read_to_end.cpp"}},
      {"epoll", {"baselines/epoll/echo_server.cpp", "baselines/epoll/read_to_end_server.cpp"}},
      {"combinators", {"baselines/combinators/servers.cpp"}},
      {"promises", {"baselines/promises/servers.cpp"}}};
  const fs::path root = TWOFOLD_COMPARE_SOURCES;
  if (!fs::exists(root)) throw Unsupported("the sources are not where this was built");
  std::uint64_t total = 0;
  for (const Style& style : styles) {
    Counts counts;
    for (const char* file : style.files) count(root / file, counts);
    if (counts.lines == 0) continue;  // a style that this tree does not have
    output.metric(style.name + "_lines", "lines", static_cast<double>(counts.lines));
    output.metric(style.name + "_shared_pointers", "", static_cast<double>(counts.shared_pointers));
    total += counts.lines;
  }
  output.check_ok(total, total);
}

}  // namespace

Workload source_lines_probe() {
  return {{.name = "source_lines",
           .summary = "lines of code of two servers in each style",
           .metric = "dialect_lines",
           .axis = "",
           .smoke = {{}},
           .quick = {{}},
           .full = {{}},
           .exact = true},
          run_source_lines};
}

}  // namespace twofold::compare
