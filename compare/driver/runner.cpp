#include "driver/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "driver/machine_state.hpp"

namespace twofold::compare {
namespace {

// Pinned samples leave core 0 to the driver, whose polling would otherwise disturb them.
constexpr int kSampleCore = 1;
constexpr int kMostAttempts = 3;
// With four samples a side a difference can still be claimed, if they do not overlap.
constexpr int kFewestRounds = 4;
constexpr int kFewestOfOthers = 2;  // nothing is claimed, but the figures are there
// Seconds. Most cells take less, and all of them together less than a few others.
constexpr double kCheap = 0.2;

// Fisher-Yates by hand: std::shuffle gives another order with another standard library.
void shuffle(std::vector<std::size_t>& order, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[bits() % i]);
  }
}

std::string params_text(const Parameters& params) {
  std::string text;
  for (const auto& [name, value] : params) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  }
  return text;
}

// A process that the system would not even start is a failure of that sample, not of the run.
ProcessEnd run_or_describe(const ProcessStart& start, const std::function<bool()>& cancelled) {
  try {
    return run_process(start, cancelled);
  } catch (const std::system_error& error) {
    ProcessEnd end;
    end.kind = ProcessEnd::Kind::kSignalled;
    end.description = error.what();
    return end;
  }
}

int core_for(const CellPlan& cell) {
  // Loads pin themselves, and several workers need several cores.
  return cell.workload->load.empty() && cell.point.workers == 1 ? kSampleCore : -1;
}

}  // namespace

RunPlan plan_for(const Options& options) {
  RunPlan plan;
  switch (options.size) {
    case RunSize::kSmoke:
      plan.rounds = plan.most_rounds = 1;
      plan.budget_s = 30;
      break;
    case RunSize::kQuick:
      plan.rounds = 5;
      plan.cheap_rounds = 10;
      plan.most_rounds = 15;
      plan.budget_s = 230;
      plan.patience_s = 1;
      break;
    case RunSize::kFull:
      plan.rounds = plan.most_rounds = 10;
      plan.budget_s = 3000;
      break;
  }
  if (options.repeat) {
    plan.rounds = plan.most_rounds = *options.repeat;
    plan.budget_s = 1e9;
  }
  plan.seed = options.seed;
  plan.sample_timeout_s = options.sample_timeout_s;
  return plan;
}

Runner::Runner(RunPlan plan, std::function<bool()> cancelled)
    : plan_(std::move(plan)), cancelled_(std::move(cancelled)), states_(plan_.cells.size()) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    states_[i].is_settled = plan_.cells[i].workload->exact;
    states_[i].rounds = states_[i].is_settled ? 1 : plan_.rounds;
  }
}

void Runner::run(std::vector<Sample>& samples) {
  start_ = std::chrono::steady_clock::now();
  for (int round = 0; !cancelled_(); ++round) {
    // After the rounds that were asked for: what was cut and fits by now, and more of what has all.
    if (round >= std::max(plan_.rounds, plan_.cheap_rounds)) {
      for (CellState& state : states_) {
        state.rounds += round < plan_.most_rounds && state.taken == round ? 1 : 0;
      }
      if (elapsed_s() + round_cost() > plan_.budget_s) {
        break;
      }
    }
    if (!run_round(round, samples)) {
      break;
    }
    fit_to_budget();
  }
}

bool Runner::run_round(int round, std::vector<Sample>& samples) {
  std::vector<std::size_t> order(plan_.cells.size());
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, plan_.seed * 1'000'003 + static_cast<std::uint64_t>(round));
  bool has_run = false;
  for (const std::size_t cell : order) {
    if (states_[cell].taken < states_[cell].rounds) {
      has_run = true;
      if (!run_cell(cell, round, samples)) {
        return false;
      }
    }
  }
  return has_run;
}

bool Runner::run_cell(std::size_t index, int round, std::vector<Sample>& samples) {
  const CellPlan& cell = plan_.cells[index];
  CellState& state = states_[index];
  report_progress(cell, round);
  std::size_t earlier = samples.size();
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    std::vector<Sample> taken = take_sample(cell, round, attempt);
    if (cancelled_()) {
      return false;
    }
    const Sample first = taken.front();
    const bool was_ok = first.status == "ok";
    if (was_ok) {
      // The repetition takes the place of the disturbed one, which stays on record.
      for (; earlier < samples.size(); ++earlier) {
        samples[earlier].used = false;
      }
    }
    earlier = samples.size();
    samples.insert(samples.end(), taken.begin(), taken.end());
    state.cost_s = first.wall_s;
    if (!was_ok) {
      progress_.note(fmt::format("{} of {} at {}, {}: {}", first.status, cell.point.workload,
                                 params_text(cell.point.params), cell.label, first.detail));
      // What failed once has no figure any more, and need not be waited for again.
      state.rounds = state.taken + 1;
      state.is_settled = true;
      break;
    }
    if (!first.disturbed || !can_repeat(first.wall_s)) {
      break;
    }
    ++repeats_;
  }
  ++done_;
  ++state.taken;
  return true;
}

std::vector<Sample> Runner::take_sample(const CellPlan& cell, int round, int attempt) {
  const std::uint64_t seed = plan_.seed + static_cast<std::uint64_t>(round);
  if (std::optional<Sample> sample = not_measurable(cell, std::thread::hardware_concurrency())) {
    sample->round = round;
    sample->seed = seed;
    return {*std::move(sample)};
  }
  const MachineTimes before = machine_times();
  const double limit = limit_s(cell);
  const ProcessEnd end = run_or_describe(
      {sample_command(cell, round, seed, plan_.load_program, plan_.sample_timeout_s), limit,
       core_for(cell)},
      cancelled_);
  const Disturbance disturbance =
      disturbance_between(before, machine_times(), end.wall_s, end.cpu_s);
  std::vector<Sample> samples = interpret(cell, end);
  if (end.kind == ProcessEnd::Kind::kTimedOut && limit < plan_.sample_timeout_s) {
    samples.front().status = "capped";
    samples.front().detail = fmt::format(
        "stopped after {} s, which is all that a run of this size gives to a sample of any but "
        "stackless and stackful; --full waits for it",
        limit);
  }
  const double load = load_average();
  for (Sample& sample : samples) {
    sample.round = round;
    sample.attempt = attempt;
    sample.seed = seed;
    sample.load_average = load;
    sample.steal_fraction = disturbance.steal_fraction;
    sample.foreign_cores = disturbance.foreign_cores;
    sample.disturbed = disturbance.is_large();
  }
  return samples;
}

// On a machine that is disturbed all the time, repeating everything would only cost time; and what
// took long has had the time to average over its disturbances.
bool Runner::can_repeat(double sample_s) const {
  const std::size_t samples = plan_.cells.size() * static_cast<std::size_t>(plan_.rounds);
  return repeats_ < samples / 10 + 2 && sample_s < plan_.patience_s / 3 &&
         elapsed_s() < plan_.budget_s;
}

double Runner::remaining_cost() const {
  double cost_s = 0;
  for (const CellState& state : states_) {
    cost_s += state.cost_s * std::max(0, state.rounds - state.taken);
  }
  return cost_s;
}

double Runner::round_cost() const {
  double cost_s = 0;
  for (const CellState& state : states_) {
    cost_s += state.taken < state.rounds ? state.cost_s : 0;
  }
  return cost_s;
}

double Runner::limit_s(const CellPlan& cell) const {
  return !cell.variant->is_of_the_two && cell.variant->note.kind != "probe"
             ? std::min(plan_.patience_s, plan_.sample_timeout_s)
             : plan_.sample_timeout_s;
}

// What costs next to nothing takes part in more rounds, and what does not fit in fewer. Anew each
// time: a first sample costs more than the others where the machine's memory was never touched.
void Runner::fit_to_budget() {
  for (CellState& state : states_) {
    if (!state.is_settled) {
      const int wanted = state.cost_s < kCheap ? plan_.cheap_rounds : 0;
      state.rounds = std::max({state.taken, plan_.rounds, wanted});
    }
  }
  std::map<PointKey, double> cost_of_point;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    cost_of_point[plan_.cells[i].point] += states_[i].cost_s;
  }
  std::vector<std::pair<double, PointKey>> dearest;
  for (const auto& [point, cost_s] : cost_of_point) {
    dearest.emplace_back(cost_s, point);
  }
  std::sort(dearest.rbegin(), dearest.rend());
  struct Step {
    bool the_two = false;  // stackless and stackful too
    bool cheap = false;    // what costs next to nothing too
    int rounds = 0;
  };
  constexpr Step kSteps[] = {{false, false, kFewestRounds},
                             {true, false, kFewestRounds},
                             {true, true, kFewestRounds},
                             {false, true, kFewestOfOthers}};
  for (const Step& step : kSteps) {
    for (const auto& [cost_s, point] : dearest) {
      if (elapsed_s() + remaining_cost() <= plan_.budget_s) {
        return;
      }
      for (std::size_t i = 0; i < states_.size(); ++i) {
        const CellPlan& cell = plan_.cells[i];
        CellState& state = states_[i];
        const bool is_meant = (step.the_two || !cell.variant->is_of_the_two) &&
                              (step.cheap || state.cost_s >= kCheap);
        if (cell.point == point && is_meant) {
          state.rounds = std::min(state.rounds, std::max(state.taken, step.rounds));
        }
      }
    }
  }
}

double Runner::elapsed_s() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Runner::report_progress(const CellPlan& cell, int round) {
  std::size_t planned = 0;
  for (const CellState& state : states_) {
    planned += static_cast<std::size_t>(state.rounds);
  }
  // By time once all costs are known: a few cells take most of it. Until then what does not fit the
  // budget is planned too.
  const double fraction =
      round == 0
          ? std::max(static_cast<double>(done_) / static_cast<double>(std::max(planned, done_ + 1)),
                     std::min(elapsed_s() / plan_.budget_s, 0.99))
          : elapsed_s() / (elapsed_s() + remaining_cost());
  progress_.show(fraction, done_, planned,
                 fmt::format("round {} {} {}", round + 1, cell.point.workload, cell.label));
}

}  // namespace twofold::compare
