// `stack_reuse`: a fiber's life (made, run once, ended) on a stack that is used again, and on one
// that is mapped, guarded and unmapped each time.
#include <sys/mman.h>

#include <cerrno>

#include "machine/bare_fiber.hpp"
#include "machine/probes.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {
namespace {

void* home = nullptr;
void* ended = nullptr;
std::uint64_t lives = 0;

void live_once() {
  ++lives;
  probe_switch_ret(&ended, home);
}

void run_on(std::byte* memory, std::size_t bytes) {
  const BareFiber fiber(memory + bytes, live_once);
  probe_switch_ret(&home, fiber.stack_pointer);
}

std::byte* map_guarded(std::size_t bytes) {
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  constexpr std::size_t kPage_bytes = 4'096;
  if (memory == MAP_FAILED || ::mprotect(memory, kPage_bytes, PROT_NONE) != 0) {
    throw Capped(errno_message("mapping a stack", errno));
  }
  return static_cast<std::byte*>(memory);
}

void run_stack_reuse(const Params& params, Output& output) {
  const auto bytes = static_cast<std::size_t>(params.get("stack_kib")) << 10U;
  const auto fibers = static_cast<std::size_t>(params.get("fibers"));
  lives = 0;
  std::byte* const kept = map_guarded(bytes);
  const Stopwatch reused;
  for (std::size_t i = 0; i < fibers; ++i) run_on(kept, bytes);
  output.metric("ns_per_op", "ns", reused.elapsed_ns() / static_cast<double>(fibers));
  ::munmap(kept, bytes);
  const Stopwatch fresh;
  for (std::size_t i = 0; i < fibers; ++i) {
    std::byte* const memory = map_guarded(bytes);
    run_on(memory, bytes);
    ::munmap(memory, bytes);
  }
  output.metric("fresh_ns", "ns", fresh.elapsed_ns() / static_cast<double>(fibers));
  check_equal("the count of fibers that ran", lives, 2 * fibers);
  output.check_ok(lives, fibers);
}

}  // namespace

Workload stack_reuse_probe() {
  const auto point = [](std::int64_t stack_kib) {
    return Point{{"stack_kib", stack_kib}, {"fibers", 2'000}};
  };
  return {{.name = "stack_reuse",
           .summary = "a fiber's life on a stack that is kept, and on one mapped for it",
           .metric = "ns_per_op",
           .axis = "stack_kib",
           .smoke = {{{"stack_kib", 64}, {"fibers", 10}}},
           .quick = {point(64)},
           .full = {point(16), point(64), point(256), point(1'024)}},
          run_stack_reuse};
}

}  // namespace twofold::compare
