// `kernel_switch`: two threads that wake each other through eventfds, on one core and on two.
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "machine/probes.hpp"
#include "protocol/loopback.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {
namespace {

void send(const Descriptor& event) {
  const std::uint64_t one = 1;
  if (::write(event.get(), &one, sizeof one) != sizeof one) throw CheckFailed("eventfd write");
}

void receive(const Descriptor& event) {
  std::uint64_t value = 0;
  if (::read(event.get(), &value, sizeof value) != sizeof value) throw CheckFailed("eventfd read");
}

// The driver pins the process to one core; the kernel cuts this down to those there are.
void run_anywhere() {
  cpu_set_t all;
  std::memset(&all, 0xFF, sizeof all);
  ::sched_setaffinity(0, sizeof all, &all);
}

double ns_per_switch(unsigned first_core, unsigned second_core, std::size_t rounds) {
  const Descriptor there(::eventfd(0, EFD_CLOEXEC));
  const Descriptor back(::eventfd(0, EFD_CLOEXEC));
  run_anywhere();
  std::thread other([&] {
    pin_to_core(second_core);
    for (std::size_t i = 0; i < rounds; ++i) {
      receive(there);
      send(back);
    }
  });
  pin_to_core(first_core);
  const Stopwatch watch;
  for (std::size_t i = 0; i < rounds; ++i) {
    send(there);
    receive(back);
  }
  const double elapsed_ns = watch.elapsed_ns();
  other.join();
  return elapsed_ns / static_cast<double>(2 * rounds);
}

void run_kernel_switch(const Params& params, Output& output) {
  const auto rounds = static_cast<std::size_t>(params.get("rounds"));
  output.metric("ns_per_op", "ns", ns_per_switch(1, 1, rounds));
  if (std::thread::hardware_concurrency() > 1) {
    output.metric("two_cores_ns", "ns", ns_per_switch(0, 1, rounds));
  }
  output.check_ok(rounds, 2 * rounds);
}

}  // namespace

Workload kernel_switch_probe() {
  return {{.name = "kernel_switch",
           .summary = "two threads of the kernel that wake each other, on one core and on two",
           .metric = "ns_per_op",
           .axis = "",
           .smoke = {{{"rounds", 100}}},
           .quick = {{{"rounds", 5'000}}},
           .full = {{{"rounds", 5'000}}}},
          run_kernel_switch};
}

}  // namespace twofold::compare
