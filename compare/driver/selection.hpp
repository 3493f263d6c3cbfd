// What a run consists of: the command line applied to what was built.
//
// Used by the driver's main, for --list as well.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "driver/manifest.hpp"
#include "driver/options.hpp"
#include "driver/sampler.hpp"

namespace twofold::compare {

struct Selection {
  std::vector<ListedWorkload> workloads;
  std::vector<ListedWorkload> probes;  // offered by programs of kind `probe` alone
  std::vector<Variant> variants;       // all that were chosen, unavailable ones too
  std::string reference;
  std::map<std::string, std::set<std::string>> offered;  // workloads by variant
};

// Throws BadUsage for a pattern that matches nothing, and when nothing is left to run.
[[nodiscard]] Selection select(const Options& options, const Manifest& manifest);

// Every variant at every point that it offers, the reference twice. The cells point into
// `selection`, which must outlive them.
[[nodiscard]] std::vector<CellPlan> cells_of(const Selection& selection, const Options& options);

// The variants for the report, the control right behind the reference.
[[nodiscard]] std::vector<VariantNote> notes_with_control(const Selection& selection);

// The answer to --list.
[[nodiscard]] std::string list_text(const Selection& selection);

}  // namespace twofold::compare
