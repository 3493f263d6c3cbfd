// Where the tasks of `sleepers` and `owning_sleepers` sleep until one common instant, and what puts
// them there.
#pragma once

#include "protocol/common_instant.hpp"
#include "workloads/workload.hpp"

namespace twofold::compare {

struct Dormitory {
  explicit Dormitory(std::chrono::nanoseconds delay) : instant(delay) {}
  CommonInstant instant;
  std::uint64_t asleep = 0;
};

// What was there when all slept, and the sum of what they returned.
struct NightReport {
  Memory all_asleep;
  MemoryDetails details;
  double looking_cpu_s = 0;  // which is not part of what a sleeper costs
  std::uint64_t sum = 0;
};

// Spawns `tasks` tasks `sleeper(dormitory, index)`, each of which counts itself asleep and sleeps,
// and joins them.
template <auto sleeper>
TF_ASYNC(NightReport)
put_to_sleep(Dormitory& dormitory, std::uint64_t tasks) {
  constexpr std::uint64_t kBatch = 256;
  std::vector<JoinHandle<std::uint64_t>> handles;
  handles.reserve(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i) {
    handles.push_back(spawn(sleeper, std::ref(dormitory), i));
    if (i % kBatch == 0) {
      dormitory.instant.postpone_if_early();
      TF_AWAIT(yield_now());
    }
  }
  while (dormitory.asleep < tasks) {
    dormitory.instant.postpone_if_early();
    TF_AWAIT(yield_now());
  }
  const double cpu_before = process_cpu_seconds();
  NightReport report{.all_asleep = memory_now(), .details = memory_details_now()};
  report.looking_cpu_s = process_cpu_seconds() - cpu_before;
  for (auto& handle : handles) report.sum += TF_AWAIT(handle);
  TF_RETURN report;
}

}  // namespace twofold::compare
