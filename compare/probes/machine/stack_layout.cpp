// `stack_layout`: a round of many fibers whose stack tops all fall on the same sets of the cache,
// are spread over them, or lie less than a page apart.
#include <sys/mman.h>

#include <memory>
#include <new>
#include <vector>

#include "machine/bare_fiber.hpp"
#include "machine/probes.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {
namespace {

std::vector<BareFiber>* ring = nullptr;
std::size_t running = 0;

// Each fiber goes on with the next, without end.
[[noreturn]] void pass_on() {
  while (true) {
    BareFiber& self = (*ring)[running];
    running = running + 1 == ring->size() ? 0 : running + 1;
    probe_switch_ret(&self.stack_pointer, (*ring)[running].stack_pointer);
  }
}

void* home = nullptr;
std::size_t rounds_left = 0;

// The first of the ring counts the rounds.
[[noreturn]] void count_rounds() {
  BareFiber& self = (*ring)[0];
  while (true) {
    while (rounds_left == 0) probe_switch_ret(&self.stack_pointer, home);
    --rounds_left;
    running = 1;
    probe_switch_ret(&self.stack_pointer, (*ring)[1].stack_pointer);
  }
}

class Pages {
 public:
  explicit Pages(std::size_t bytes) : bytes_(bytes) {
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    // Layout is to differ, not the size of pages.
    ::madvise(memory, bytes, MADV_NOHUGEPAGE);
    start_ = static_cast<std::byte*>(memory);
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() { ::munmap(start_, bytes_); }
  [[nodiscard]] std::byte* start() const { return start_; }

 private:
  std::size_t bytes_;
  std::byte* start_ = nullptr;
};

constexpr std::size_t kCacheLine_bytes = 64;

double ns_per_switch(std::size_t fibers, std::size_t rounds, std::size_t spacing_bytes,
                     std::size_t colours) {
  const Pages pages(fibers * spacing_bytes);
  std::vector<BareFiber> fibers_of_ring;
  for (std::size_t i = 0; i < fibers; ++i) {
    std::byte* const top =
        pages.start() + (i + 1) * spacing_bytes - (i % colours) * kCacheLine_bytes * 3;
    fibers_of_ring.emplace_back(top, i == 0 ? count_rounds : pass_on);
  }
  ring = &fibers_of_ring;
  const auto go_round = [&](std::size_t times) {
    rounds_left = times;
    running = 0;
    probe_switch_ret(&home, fibers_of_ring[0].stack_pointer);
  };
  go_round(1);
  const Stopwatch watch;
  go_round(rounds);
  return watch.elapsed_ns() / static_cast<double>(fibers * rounds);
}

void run_stack_layout(const Params& params, Output& output) {
  const auto fibers = static_cast<std::size_t>(params.get("fibers"));
  const auto rounds = static_cast<std::size_t>(params.get("rounds"));
  if (fibers < 2) throw Unsupported("fewer than two fibers");
  constexpr std::size_t kPaged_bytes = 16'384;
  constexpr std::size_t kSubPage_bytes =
      1'216;  // 19 lines, as the segmented policy's first segment
  constexpr std::size_t kColours = 16;
  output.metric("ns_per_op", "ns", ns_per_switch(fibers, rounds, kPaged_bytes, 1));
  output.metric("coloured_ns", "ns", ns_per_switch(fibers, rounds, kPaged_bytes, kColours));
  output.metric("sub_page_ns", "ns", ns_per_switch(fibers, rounds, kSubPage_bytes, 1));
  output.check_ok(fibers * rounds, fibers * rounds);
}

}  // namespace

Workload stack_layout_probe() {
  return {{.name = "stack_layout",
           .summary = "fibers in a ring: stack tops aligned, coloured, or less than a page apart",
           .metric = "ns_per_op",
           .axis = "fibers",
           .smoke = {{{"fibers", 64}, {"rounds", 2}}},
           .quick = {{{"fibers", 2'048}, {"rounds", 100}}},
           .full = {{{"fibers", 2'048}, {"rounds", 100}}, {{"fibers", 256}, {"rounds", 800}}}},
          run_stack_layout};
}

}  // namespace twofold::compare
