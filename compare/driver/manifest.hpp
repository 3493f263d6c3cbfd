// What the build made: the programs that can be measured, and how they were built.
//
// Read from the JSON that the build writes (docs/design/method.md, "The manifest"), together with
// the workloads that the programs themselves list.
#pragma once

#include <string>
#include <vector>

#include "driver/glob.hpp"
#include "driver/options.hpp"
#include "reporting/results.hpp"

namespace twofold::compare {

struct Variant {
  VariantNote note;
  std::vector<std::string> command;  // the program and what comes before `run`
  // The same program linked in another order, or empty: see sample_command.
  std::vector<std::string> twin;
  // It is stackless or stackful as the build has them by default, which the verdicts are about.
  bool is_of_the_two = false;
};

struct Manifest {
  std::vector<Variant> variants;
  std::string load_program;
  std::string claims_file;  // the ledger, see reporting/ledger.hpp; empty: none
  Json build = Json::object();
};

// Throws BadUsage when the file is missing or malformed.
[[nodiscard]] Manifest read_manifest(const std::string& path);

// Keeps the variants of the compilers asked for. The first compiler's builds keep their plain
// names, those of others become "stackless@clang". Throws BadUsage for a compiler nothing was built
// with.
[[nodiscard]] std::vector<Variant> variants_for_compilers(
    const Manifest& manifest, const std::vector<std::string>& compilers);

struct ListedWorkload {
  WorkloadNote note;          // with the points of the run's size
  bool about_stacks = false;  // see WorkloadInfo
};

// What `variant` answers to `list`, with the points for `size`; throws BadUsage when it does not
// answer as it should.
[[nodiscard]] std::vector<ListedWorkload> list_workloads(const Variant& variant, RunSize size);

}  // namespace twofold::compare
