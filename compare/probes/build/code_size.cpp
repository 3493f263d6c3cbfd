// `code_size`, `compile_time`: a chain of functions that call one another, as plain functions and
// as coroutines: bytes of code for each, and the compiler's CPU seconds.
#include "build/probes.hpp"
#include "build/toolchain.hpp"

namespace twofold::compare {
namespace {

// The source makes 10, 100 or 300 functions.
std::vector<std::string> flags_for(const Params& params, bool as_coroutines) {
  return {"-O2", "-DFUNCTIONS=" + std::to_string(params.get("functions")),
          as_coroutines ? "-DAS_COROUTINES=1" : "-DAS_COROUTINES=0"};
}

Compiled chain(Toolchain& toolchain, const Params& params, bool as_coroutines) {
  Compiled compiled = toolchain.object("function_chain.cpp", flags_for(params, as_coroutines));
  if (!compiled.ok)
    throw CheckFailed("the chain does not compile: " + compiled.errors.substr(0, 300));
  return compiled;
}

void run_code_size(const Params& params, Output& output) {
  Toolchain toolchain(chosen_compiler());
  const auto functions = static_cast<double>(params.get("functions"));
  output.metric("plain_bytes_each", "B",
                code_bytes(chain(toolchain, params, false).file) / functions);
  output.metric("coroutine_bytes_each", "B",
                code_bytes(chain(toolchain, params, true).file) / functions);
  output.check_ok(1, 1);
}

void run_compile_time(const Params& params, Output& output) {
  Toolchain toolchain(chosen_compiler());
  // What including the headers takes is in both.
  output.metric("plain_s", "s", chain(toolchain, params, false).seconds);
  output.metric("coroutine_s", "s", chain(toolchain, params, true).seconds);
  output.check_ok(1, 1);
}

}  // namespace

Workload code_size_probe() {
  const Point point = {{"functions", 100}};
  return {{.name = "code_size",
           .summary = "a chain of functions, plain and as coroutines: bytes of code for each",
           .metric = "coroutine_bytes_each",
           .axis = "functions",
           .smoke = {{{"functions", 10}}},
           .quick = {point},
           .full = {point, {{"functions", 300}}},
           .exact = true},
          run_code_size};
}

Workload compile_time_probe() {
  const Point point = {{"functions", 50}};
  return {{.name = "compile_time",
           .summary = "a chain of functions, plain and as coroutines: CPU seconds to compile",
           .metric = "coroutine_s",
           .axis = "functions",
           .smoke = {{{"functions", 10}}},
           .quick = {point},
           .full = {point, {{"functions", 300}}}},
          run_compile_time};
}

}  // namespace twofold::compare
