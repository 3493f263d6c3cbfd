// `address_stability`: whether anything that a task's calls hold ever changes its address, while
// the task's memory grows, and after it waited. Go copies stacks; C++, with pointers into them,
// cannot.
#include <twofold/twofold.hpp>

#include "runtime/probes.hpp"

namespace twofold::compare {
namespace {

struct Witness {
  Witness* self = this;  // where it was made
  Witness* outer = nullptr;
  [[nodiscard]] bool has_moved() const { return self != this; }
};

// Each call holds a witness and checks those of all calls above it, at the bottom after a wait.
TF_ASYNC(std::uint64_t) descend(std::uint64_t depth, Witness* outer) {
  Witness here;
  here.outer = outer;
  asm volatile("" : : "r"(&here) : "memory");
  std::uint64_t moved = 0;
  if (depth > 1) {
    moved += TF_AWAIT(descend(depth - 1, &here));
  } else {
    TF_AWAIT(yield_now());
    for (const Witness* each = &here; each != nullptr; each = each->outer) {
      moved += each->has_moved() ? 1 : 0;
    }
  }
  moved += here.has_moved() ? 1 : 0;
  TF_RETURN moved;
}

void run_address_stability(const Params& params, Output& output) {
  const auto depth = static_cast<std::uint64_t>(params.get("depth"));
  Runtime runtime({.workers = 1});
  const auto start = [&]() -> TF_ASYNC(std::uint64_t) {
    auto task = spawn(descend, depth, nullptr);
    TF_RETURN TF_AWAIT(task);
  };
  output.metric("moved", "", static_cast<double>(runtime.block_on(start)));
  output.check_ok(depth, depth);
}

}  // namespace

Workload address_stability_probe() {
  return {{.name = "address_stability",
           .summary = "objects of a task's calls that changed their address as the task grew",
           .metric = "moved",
           .axis = "",
           .smoke = {{{"depth", 100}}},
           .quick = {{{"depth", 10'000}}},
           .full = {{{"depth", 10'000}}},
           .exact = true},
          run_address_stability};
}

}  // namespace twofold::compare
