// `exception_state`: two fibers that change places inside their catch blocks. What the C++ runtime
// keeps for a thread (__cxa_get_globals) belongs to the fiber, and a switch must carry it.
#include <cxxabi.h>

#include <memory>

#include "machine/bare_fiber.hpp"
#include "machine/probes.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {
namespace {

// The first two words of __cxa_eh_globals, by the Itanium C++ ABI.
struct ExceptionState {
  void* caught = nullptr;
  unsigned uncaught = 0;
};

ExceptionState& thread_state() {
  return *reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
}

struct Side {
  void* stack_pointer = nullptr;
  ExceptionState state;
  int rethrown = 0;
};
Side first;
Side second;
bool carries_state = false;

void change(Side& from, Side& to) {
  if (carries_state) {
    from.state = thread_state();
    thread_state() = to.state;
  }
  probe_switch_jmp(&from.stack_pointer, to.stack_pointer);
}

// Throws `value`, lets the other side run while it is being handled, and throws it again.
int catch_and_change(int value, Side& self, Side& other) {
  try {
    try {
      throw value;
    } catch (...) {
      change(self, other);
      throw;
    }
  } catch (const int seen) {
    return seen;
  }
}

void run_second() {
  second.rethrown = catch_and_change(2, second, first);
  while (true) change(second, first);
}

// 1 when a fiber got its own exception back, 0 when it got the other's.
int keeps_its_exception(bool carried) {
  constexpr std::size_t kStack_bytes = std::size_t{64} << 10U;
  const auto stack = std::make_unique<std::byte[]>(kStack_bytes);
  first = {};
  second = {};
  carries_state = carried;
  second.stack_pointer = BareFiber(stack.get() + kStack_bytes, run_second).stack_pointer;
  const ExceptionState before = thread_state();
  const int seen = catch_and_change(1, first, second);
  if (carried) change(first, second);  // lets the second side leave its catch block
  thread_state() = before;
  return seen == 1 ? 1 : 0;
}

[[noreturn]] void bounce() {
  while (true) change(second, first);
}

double ns_per_switch(bool carried, std::size_t rounds) {
  constexpr std::size_t kStack_bytes = std::size_t{64} << 10U;
  const auto stack = std::make_unique<std::byte[]>(kStack_bytes);
  second.stack_pointer = BareFiber(stack.get() + kStack_bytes, bounce).stack_pointer;
  carries_state = carried;
  const Stopwatch watch;
  for (std::size_t i = 0; i < rounds; ++i) change(first, second);
  return watch.elapsed_ns() / static_cast<double>(2 * rounds);
}

void run_exception_state(const Params& params, Output& output) {
  const auto rounds = static_cast<std::size_t>(params.get("rounds"));
  output.metric("right_when_shared", "", keeps_its_exception(false));
  output.metric("right_when_carried", "", keeps_its_exception(true));
  output.metric("shared_ns", "ns", ns_per_switch(false, rounds));
  output.metric("ns_per_op", "ns", ns_per_switch(true, rounds));
  output.check_ok(rounds, 2 * rounds);
}

}  // namespace

Workload exception_state_probe() {
  return {{.name = "exception_state",
           .summary = "fibers that change places inside their catch blocks",
           .metric = "ns_per_op",
           .axis = "",
           .smoke = {{{"rounds", 1'000}}},
           .quick = {{{"rounds", 200'000}}},
           .full = {{{"rounds", 200'000}}}},
          run_exception_state};
}

}  // namespace twofold::compare
