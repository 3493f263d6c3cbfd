// A program under test that ends in each of the ways that the protocol knows, one a workload.
#include <cmath>
#include <cstdlib>
#include <new>
#include <stdexcept>

#include "protocol/protocol_main.hpp"

namespace {

using namespace twofold::compare;

WorkloadInfo probe(const char* name) {
  return {.name = name,
          .summary = "a probe",
          .metric = "ns_per_op",
          .axis = "tasks",
          .load = "",
          .smoke = {{{"tasks", 1}}},
          .quick = {{{"tasks", 5}}},
          .full = {{{"tasks", 9}}}};
}

void echo_parameters(const Params& params, Output& output) {
  output.metric("tasks", "1", static_cast<double>(params.get("tasks")));
  output.metric("workers", "1", params.workers());
  output.metric("seed", "1", static_cast<double>(params.seed()));
  output.check_ok(0, 1);
}

}  // namespace

int main(int argc, char** argv) {
  const Workload workloads[] = {
      {probe("parameters"), echo_parameters},
      {probe("failed"), [](const Params&, Output&) { check_equal("the sum", 1, 2); }},
      {probe("unsupported"), [](const Params&, Output&) { throw Unsupported("no such thing"); }},
      {probe("capped"), [](const Params&, Output&) { throw Capped("at 7"); }},
      {probe("out_of_memory"), [](const Params&, Output&) { throw std::bad_alloc(); }},
      {probe("throws"), [](const Params&, Output&) { throw std::runtime_error("went wrong"); }},
      {probe("no_check"), [](const Params&, Output&) {}},
      {probe("nan"), [](const Params&, Output& output) { output.metric("a", "ns", NAN); }},
      {probe("aborts"), [](const Params&, Output&) { std::abort(); }},
  };
  return protocol_main(argc, argv, workloads);
}
