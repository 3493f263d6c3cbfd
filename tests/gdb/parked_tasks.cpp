// Parks three tasks, each three calls deep, and waits to be looked at by a debugger: `stop_here` is called while
// they are parked. With an argument it then aborts, for a core file.
#include <chrono>
#include <cstdlib>
#include <functional>
#include <twofold/twofold.hpp>

namespace {

[[gnu::noinline]] TF_ASYNC(int) wait_at_the_gate(twofold::Notify& gate, int number) {
  TF_AWAIT(gate.notified());
  TF_RETURN number;
}

[[gnu::noinline]] TF_ASYNC(int) walk(twofold::Notify& gate, int number) {
  const int reached = TF_AWAIT(wait_at_the_gate(gate, number));
  TF_RETURN reached + 1;
}

[[gnu::noinline]] TF_ASYNC(int) set_out(twofold::Notify& gate, int number) {
  const int reached = TF_AWAIT(walk(gate, number));
  TF_RETURN reached + 1;
}

[[gnu::noinline]] void stop_here(bool aborts) {
  asm volatile("" ::: "memory");  // something to break at
  if (aborts) std::abort();
}

TF_ASYNC(void) send_three(bool aborts) {
  twofold::Notify gate;
  auto first = twofold::spawn_named("traveller", set_out, std::ref(gate), 10);
  auto second = twofold::spawn(set_out, std::ref(gate), 20);
  auto third = twofold::spawn(set_out, std::ref(gate), 30);
  TF_AWAIT(twofold::sleep(std::chrono::milliseconds(20)));
  stop_here(aborts);
  gate.notify_all();
  const int sum = TF_AWAIT(first) + TF_AWAIT(second) + TF_AWAIT(third);
  if (sum != 66) std::abort();
  TF_RETURN;
}

}  // namespace

int main(int argc, char**) {
  twofold::Runtime runtime({.workers = argc > 2 ? std::size_t{2} : std::size_t{1}});
  runtime.block_on(send_three, argc > 1);
}
