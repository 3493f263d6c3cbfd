#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

std::vector<Workload>& registry() {
  static std::vector<Workload> workloads;
  return workloads;
}

std::size_t place_in_catalogue(const std::string& name) {
  const auto catalogue = workload_catalogue();
  const auto found = std::find_if(catalogue.begin(), catalogue.end(),
                                  [&](const WorkloadInfo& info) { return info.name == name; });
  return static_cast<std::size_t>(found - catalogue.begin());
}

}  // namespace

RegisteredWorkload::RegisteredWorkload(WorkloadInfo info, void (*run)(const Params&, Output&)) {
  for (const Workload& other : registry()) {
    if (other.info.name == info.name) {
      std::fprintf(stderr, "twofold: two workloads are called '%s'; rename one\n",
                   info.name.c_str());
      std::exit(kExitUsage);
    }
  }
  registry().push_back({std::move(info), run});
}

std::vector<Workload> registered_workloads() {
  std::vector<Workload> workloads = registry();
  std::sort(workloads.begin(), workloads.end(), [](const Workload& a, const Workload& b) {
    return std::pair(place_in_catalogue(a.info.name), a.info.name) <
           std::pair(place_in_catalogue(b.info.name), b.info.name);
  });
  return workloads;
}

}  // namespace twofold::compare
