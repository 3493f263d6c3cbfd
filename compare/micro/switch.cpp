// The switch alone: a ring of eight flows of control that hand control on, with so many frames
// between the switch and each flow's loop. A switch that leaves other code behind than it finds, or
// that is made deep in calls, makes the processor mispredict returns: that, and not the saving of
// registers, is what it costs in programs.
//
//     ninja -C build/micro micro-switch && build/micro/compare/micro/micro-switch
#include <benchmark/benchmark.h>
#include <ucontext.h>

#include <array>
#include <boost/context/detail/fcontext.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <twofold/stackful/fiber.hpp>
#include <utility>

extern "C" void twofold_switch(twofold::fiber::Fiber* from, twofold::fiber::Fiber* to) noexcept;

namespace {

constexpr int kFlows = 8;
constexpr std::size_t kStackBytes = std::size_t{64} << 10;

using Body = void (*)(void* ring, int self);

// What a new flow is to run; read by it first of all.
struct Start {
  Body body = nullptr;
  void* ring = nullptr;
  int self = 0;
};
Start start;

// ---- the switches ----

struct OwnFlow : twofold::fiber::Fiber {
  void begin() {
    stack = twofold::acquire_stack();
    twofold::fiber::prepare(*this, stack.top, [](twofold::fiber::Fiber&) {
      const Start mine = start;
      mine.body(mine.ring, mine.self);
    });
  }
  ~OwnFlow() {
    if (stack.top != nullptr) release_stack(stack);
  }
};

/// As tasks switch: with the exception state and the note of who runs.
struct Twofold {
  using Flow = OwnFlow;
  static void go(Flow& from, Flow& to) { twofold::fiber::switch_to(from, to); }
};

/// The instructions of the switch alone.
struct TwofoldBare {
  using Flow = OwnFlow;
  static void go(Flow& from, Flow& to) { twofold_switch(&from, &to); }
};

struct Fcontext {
  struct Flow {
    boost::context::detail::fcontext_t context = nullptr;
    std::unique_ptr<std::byte[]> memory;
    void begin() {
      memory = std::make_unique<std::byte[]>(kStackBytes);
      context = boost::context::detail::make_fcontext(memory.get() + kStackBytes, kStackBytes,
                                                      &Flow::enter);
    }
    static void enter(boost::context::detail::transfer_t transfer) {
      static_cast<Flow*>(transfer.data)->context = transfer.fctx;
      const Start mine = start;
      mine.body(mine.ring, mine.self);
    }
  };
  static void go(Flow& from, Flow& to) {
    const auto transfer = boost::context::detail::jump_fcontext(to.context, &from);
    static_cast<Flow*>(transfer.data)->context = transfer.fctx;
  }
};

struct Ucontext {
  struct Flow {
    ucontext_t context = {};
    std::unique_ptr<std::byte[]> memory;
    void begin() {
      memory = std::make_unique<std::byte[]>(kStackBytes);
      getcontext(&context);
      context.uc_stack.ss_sp = memory.get();
      context.uc_stack.ss_size = kStackBytes;
      makecontext(&context, &Flow::enter, 0);
    }
    static void enter() {
      const Start mine = start;
      mine.body(mine.ring, mine.self);
    }
  };
  static void go(Flow& from, Flow& to) { swapcontext(&from.context, &to.context); }
};

// ---- the ring ----

template <class Switch>
struct Ring {
  std::array<typename Switch::Flow, kFlows> flows;
  typename Switch::Flow home;
  int depth = 0;
  int next = 0;
  std::uint64_t left = 0;

  void hop(int self) {
    auto& from = flows[static_cast<std::size_t>(self)];
    const int to = (self + 1) % kFlows;
    if (--left == 0) {
      next = to;
      Switch::go(from, home);
    } else {
      Switch::go(from, flows[static_cast<std::size_t>(to)]);
    }
  }
  void run(std::uint64_t switches) {
    left = switches;
    Switch::go(home, flows[static_cast<std::size_t>(next)]);
  }
};

// Code of its own for each kCode: a function is left where another one returns to.
template <class Switch, int kCode>
[[gnu::noinline]] int descend(Ring<Switch>& ring, int self, int depth) {
  int below = kCode;
  if (depth == 0) {
    ring.hop(self);
  } else {
    below = descend<Switch, kCode>(ring, self, depth - 1);
  }
  asm volatile("" : "+r"(below));
  return below + 1;
}

template <class Switch, int kCode>
void body(void* ring, int self) {
  auto& mine = *static_cast<Ring<Switch>*>(ring);
  for (;;) descend<Switch, kCode>(mine, self, mine.depth);
}

template <class Switch, int... kCodes>
constexpr std::array<Body, kFlows> bodies_of(std::integer_sequence<int, kCodes...>) {
  return {&body<Switch, kCodes>...};
}

template <class Switch>
void ring(benchmark::State& state) {
  static_cast<void>(twofold::fiber::home());
  const bool different_code = state.range(1) != 0;
  const auto bodies = bodies_of<Switch>(std::make_integer_sequence<int, kFlows>());
  auto ring = std::make_unique<Ring<Switch>>();
  ring->depth = static_cast<int>(state.range(0));
  for (int i = 0; i < kFlows; ++i) {
    start = {bodies[different_code ? static_cast<std::size_t>(i) : 0], ring.get(), i};
    ring->flows[static_cast<std::size_t>(i)].begin();
    ring->next = i;
    ring->run(1);  // takes its orders, and goes down for the first time
  }
  ring->run(kFlows);
  constexpr std::uint64_t kSwitches = 10'000;
  for (auto _ : state) ring->run(kSwitches);
  state.counters["a_switch"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kSwitches,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void sweep(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"frames", "different_code"})->ArgsProduct({{0, 4, 8}, {0, 1}});
}

BENCHMARK(ring<TwofoldBare>)->Apply(sweep);
BENCHMARK(ring<Twofold>)->Apply(sweep);
BENCHMARK(ring<Fcontext>)->Apply(sweep);
BENCHMARK(ring<Ucontext>)->Apply(sweep);

}  // namespace
