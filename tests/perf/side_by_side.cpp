// What a second core gives: the tree of `skynet` by one worker, by two of one runtime, and by two
// runtimes of one worker each, in threads and in processes of their own. Built for each runtime.
//
// Two runtimes share nothing, so what they lose beside each other is the machine's; only what two
// workers take beyond that is theirs.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

#include "workloads/skynet_tree.hpp"

namespace twofold {
namespace {

constexpr std::uint64_t kLeaves = 10'000'000;
constexpr int kRounds = 5;

/// Nanoseconds a leaf.
double run_tree(std::size_t workers) {
  RuntimeOptions options;
  options.workers = workers;
  Runtime runtime(options);
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t sum = runtime.block_on(compare::skynet_node, std::uint64_t{0}, kLeaves);
  const auto end = std::chrono::steady_clock::now();
  if (sum != kLeaves * (kLeaves - 1) / 2) std::abort();
  return std::chrono::duration<double, std::nano>(end - start).count() / kLeaves;
}

double in_threads() {
  double other = 0;
  std::thread second([&other] { other = run_tree(1); });
  const double own = run_tree(1);
  second.join();
  return (own + other) / 2;
}

double in_processes() {
  const pid_t second = ::fork();
  const double own = run_tree(1);
  if (second == 0) std::_Exit(0);
  int status = 0;
  if (second < 0 || ::waitpid(second, &status, 0) != second || status != 0) std::abort();
  return own;
}

}  // namespace
}  // namespace twofold

int main() {
  struct Arrangement {
    const char* what;
    double (*run)();
    std::vector<double> ns;
  };
  std::array<Arrangement, 4> arrangements{{
      {"one worker", [] { return twofold::run_tree(1); }, {}},
      {"two workers", [] { return twofold::run_tree(2); }, {}},
      {"two runtimes in threads, each", twofold::in_threads, {}},
      {"two runtimes in processes, each", twofold::in_processes, {}},
  }};
  for (int round = 0; round < twofold::kRounds; ++round) {
    for (Arrangement& arrangement : arrangements) arrangement.ns.push_back(arrangement.run());
  }
  for (Arrangement& arrangement : arrangements) {
    std::sort(arrangement.ns.begin(), arrangement.ns.end());
    std::printf("%-32s %6.2f ns a leaf\n", arrangement.what, arrangement.ns[twofold::kRounds / 2]);
  }
}
