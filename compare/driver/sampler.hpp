// One sample: the command line that asks for it, and what its process said.
//
// Used by `Runner`. The only place that knows docs/design/measurement-protocol.md from the driver's
// side. Guarantees: a process that did not exit with 0 after a well-formed "ok" line gives no
// value, whatever figures it printed before.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "driver/child_process.hpp"
#include "driver/manifest.hpp"
#include "reporting/results.hpp"

namespace twofold::compare {

// One variant at one point, to be run once a round.
struct CellPlan {
  const Variant* variant = nullptr;
  const WorkloadNote* workload = nullptr;
  PointKey point;
  std::string label;  // the variant's name, or the control's
};

// Odd rounds take the program that was linked in another order, where there is one; the control the
// other way round, so that what layout does is part of what the control shows.
[[nodiscard]] std::vector<std::string> sample_command(const CellPlan& cell, int round,
                                                      std::uint64_t seed,
                                                      const std::string& load_program,
                                                      double timeout_s);

// What stands for a cell that a machine of so many cores cannot measure; nothing when it can.
[[nodiscard]] std::optional<Sample> not_measurable(const CellPlan& cell, unsigned cores);

// The samples that a process's end stands for: one for each figure, or one that says what failed.
// Point, variant, status, value and what belongs to them are filled in.
[[nodiscard]] std::vector<Sample> interpret(const CellPlan& cell, const ProcessEnd& end);

}  // namespace twofold::compare
