// Takes the samples: in rounds, interleaved, within a budget of time.
//
// Used by the driver's main. Each round runs every cell (a variant at a point) once in an order
// shuffled by the seed, so that slow changes of the machine fall on all variants alike. The
// reference runs twice a round, the second time under the control's name.
//
// The budget: the first round tells what every cell costs. What costs next to nothing takes part in
// more rounds. When the rounds asked for do not fit, the dearest points stop after the fewest
// rounds from which a difference can still be claimed: first for all but stackless and stackful,
// which the verdicts are about, then for these too, then also what costs little. On a machine on
// which that is too much still, all but these two stop after two rounds. Each round is another look
// at what fits, by what the last samples cost. When there is time over, further rounds follow.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "driver/manifest.hpp"
#include "driver/options.hpp"
#include "driver/progress.hpp"
#include "driver/sampler.hpp"
#include "reporting/results.hpp"

namespace twofold::compare {

struct RunPlan {
  std::vector<CellPlan> cells;
  int rounds = 1;        // at least, for runtimes
  int cheap_rounds = 0;  // for cells that take next to no time
  int most_rounds = 1;   // when there is time
  double budget_s = 0;
  std::uint64_t seed = 1;
  double sample_timeout_s = 60;
  double patience_s = 60;  // for one sample of any but stackless and stackful; capped after it
  std::string load_program;
};

// Rounds and budget as the size of run (or --repeat) says; without cells.
[[nodiscard]] RunPlan plan_for(const Options& options);

class Runner {
 public:
  Runner(RunPlan plan, std::function<bool()> cancelled);

  // Appends to `samples`; returns early once cancelled, without the sample that was running.
  void run(std::vector<Sample>& samples);

 private:
  struct CellState {
    double cost_s = 0;  // of the last sample
    int rounds = 0;     // how many it takes part in
    int taken = 0;
    bool is_settled = false;  // `rounds` changes no more: it is exact, or has failed
  };

  // False once cancelled, and where no cell is left.
  bool run_round(int round, std::vector<Sample>& samples);
  // False once cancelled.
  bool run_cell(std::size_t cell, int round, std::vector<Sample>& samples);
  std::vector<Sample> take_sample(const CellPlan& cell, int round, int attempt);
  [[nodiscard]] double limit_s(const CellPlan& cell) const;
  void fit_to_budget();
  [[nodiscard]] bool can_repeat(double sample_s) const;
  [[nodiscard]] double remaining_cost() const;
  [[nodiscard]] double round_cost() const;
  [[nodiscard]] double elapsed_s() const;
  void report_progress(const CellPlan& cell, int round);

  RunPlan plan_;
  std::function<bool()> cancelled_;
  std::vector<CellState> states_;
  Progress progress_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::size_t done_ = 0;
  std::size_t repeats_ = 0;
};

}  // namespace twofold::compare
