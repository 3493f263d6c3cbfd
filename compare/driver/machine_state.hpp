// What else the machine does while a sample runs, and what machine it is.
//
// Used by the driver around each sample and once for the report's context. Linux only: /proc, /sys.
#pragma once

#include <string>

#include "reporting/results.hpp"

namespace twofold::compare {

// CPU time of the whole machine since it started, in seconds.
struct MachineTimes {
  double busy_s = 0;   // of all cores, without idle, I/O wait and steal
  double steal_s = 0;  // wanted, but given to other virtual machines
  double total_s = 0;
};
[[nodiscard]] MachineTimes machine_times();

[[nodiscard]] double load_average();

struct Disturbance {
  double steal_fraction = 0;
  double foreign_cores = 0;
  [[nodiscard]] bool is_large() const;
};

// What was taken from a sample that ran for `wall_s` and used `own_cpu_s` itself.
[[nodiscard]] Disturbance disturbance_between(const MachineTimes& before, const MachineTimes& after,
                                              double wall_s, double own_cpu_s);

// CPU model, cores, memory, kernel, mitigations, limits, virtualization.
[[nodiscard]] Json describe_machine();

// Local time with its offset, as ISO 8601.
[[nodiscard]] std::string time_now();

}  // namespace twofold::compare
