// `spawn_many`, `yield_many`, `oneshot_ping_pong`, `chained_spawn` with Boost.Fiber.
#include <bit>
#include <boost/fiber/all.hpp>
#include <functional>
#include <utility>

#include "baselines/boost_fiber/stacks.hpp"
#include "baselines/boost_fiber/workloads.hpp"
#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

// What the fibers of one run share; all run on one thread.
struct Shared {
  // A buffered_channel's size is a power of two, and one of its slots always stays empty.
  Shared(const Params& params, std::uint64_t capacity)
      : stacks(make_stacks(params)), told(std::bit_ceil(capacity + 1)) {}

  Stacks stacks;
  fibers::buffered_channel<std::uint64_t> told;
  std::uint64_t left = 0;
  std::uint64_t done = 0;
};

std::uint64_t count_of(const Params& params, const char* name) {
  return static_cast<std::uint64_t>(params.get(name));
}

template <class Body>
void detach(Shared& shared, Body body) {
  start(shared.stacks, std::move(body)).detach();
}

template <class Bench>
void run_bench(const Params& params, Output& output, const char* size, const char* repeats,
               Bench bench) {
  const std::uint64_t count = count_of(params, size);
  const std::uint64_t times = count_of(params, repeats);
  Shared shared(params, count);
  const Stopwatch watch;
  bench(shared, count, times);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the count of operations", shared.done, count * times);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(count * times));
  output.check_ok(shared.done, count * times);
}

void ping_once(Shared& shared) {
  fibers::promise<std::uint64_t> ping;
  fibers::promise<std::uint64_t> pong;
  fibers::future<std::uint64_t> ponged = pong.get_future();
  detach(shared, [pinged = ping.get_future(), pong = std::move(pong)]() mutable {
    pong.set_value(pinged.get());
  });
  ping.set_value(1);
  shared.done += ponged.get();
  if (--shared.left == 0) {
    shared.told.push(1);
  }
}

void spawn_next(Shared& shared, std::uint64_t left) {
  ++shared.done;
  if (left == 1) {
    shared.told.push(1);
  } else {
    detach(shared, [&shared, left] { spawn_next(shared, left - 1); });
  }
}

}  // namespace

void run_spawn_many(const Params& params, Output& output) {
  run_bench(params, output, "tasks", "rounds",
            [](Shared& shared, std::uint64_t tasks, std::uint64_t rounds) {
              for (std::uint64_t round = 0; round < rounds; ++round) {
                shared.left = tasks;
                for (std::uint64_t i = 0; i < tasks; ++i) {
                  detach(shared, [&shared] {
                    if (--shared.left == 0) {
                      shared.told.push(1);
                    }
                  });
                }
                (void)shared.told.value_pop();
                shared.done += tasks - shared.left;
              }
            });
}

void run_yield_many(const Params& params, Output& output) {
  run_bench(params, output, "tasks", "yields",
            [](Shared& shared, std::uint64_t tasks, std::uint64_t yields) {
              for (std::uint64_t i = 0; i < tasks; ++i) {
                detach(shared, [&shared, yields] {
                  std::uint64_t came_back = 0;
                  for (; came_back < yields; ++came_back) {
                    boost::this_fiber::yield();
                  }
                  shared.told.push(came_back);
                });
              }
              for (std::uint64_t i = 0; i < tasks; ++i) {
                shared.done += shared.told.value_pop();
              }
            });
}

void run_oneshot_ping_pong(const Params& params, Output& output) {
  run_bench(params, output, "pings", "rounds",
            [](Shared& shared, std::uint64_t pings, std::uint64_t rounds) {
              for (std::uint64_t round = 0; round < rounds; ++round) {
                shared.left = pings;
                detach(shared, [&shared, pings] {
                  for (std::uint64_t i = 0; i < pings; ++i) {
                    detach(shared, [&shared] { ping_once(shared); });
                  }
                });
                (void)shared.told.value_pop();
              }
            });
}

void run_chained_spawn(const Params& params, Output& output) {
  run_bench(params, output, "tasks", "rounds",
            [](Shared& shared, std::uint64_t tasks, std::uint64_t rounds) {
              for (std::uint64_t round = 0; round < rounds; ++round) {
                detach(shared, [&shared, tasks] { spawn_next(shared, tasks); });
                (void)shared.told.value_pop();
              }
            });
}

}  // namespace twofold::compare
