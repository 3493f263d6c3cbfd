// `yield`, `spawn_join`, `ping_pong`, `deep_await` and `sleepers` with Boost.Fiber.
#include "baselines/boost_fiber/workloads.hpp"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "baselines/boost_fiber/stacks.hpp"
#include "protocol/common_instant.hpp"
#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

std::uint64_t spawn_and_join(Stacks& stacks, std::uint64_t batch, std::uint64_t rounds) {
  std::vector<fibers::fiber> started;
  started.reserve(batch);
  std::vector<std::uint64_t> results(batch);
  std::uint64_t sum = 0;
  for (std::uint64_t first = 0; first < batch * rounds; first += batch) {
    for (std::uint64_t i = 0; i < batch; ++i) {
      started.push_back(start(stacks, [&result = results[i], first, i] { result = first + i; }));
    }
    for (std::uint64_t i = 0; i < batch; ++i) {
      started[i].join();
      sum += results[i];
    }
    started.clear();
  }
  return sum;
}

// The empty asm statement keeps the compiler from turning the recursion into a loop.
[[gnu::noinline]] std::uint64_t descend(std::uint64_t depth, bool suspend) {
  if (depth <= 1) {
    if (suspend) {
      boost::this_fiber::yield();
    }
    return 1;
  }
  std::uint64_t below = descend(depth - 1, suspend);
  asm volatile("" : "+r"(below));
  return below + 1;
}

}  // namespace

void run_yield(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  const auto yields = static_cast<std::uint64_t>(params.get("yields"));
  Stacks stacks = make_stacks(params);
  std::vector<fibers::fiber> started;
  started.reserve(tasks);
  std::uint64_t begun = 0;
  std::uint64_t came_back = 0;
  for (std::uint64_t i = 0; i < tasks; ++i) {
    started.push_back(start(stacks, [yields, &begun, &came_back] {
      // Begins before the clock does, and waits its turn until then.
      ++begun;
      boost::this_fiber::yield();
      for (std::uint64_t n = 0; n < yields; ++n) {
        boost::this_fiber::yield();
        ++came_back;
      }
    }));
  }
  while (begun < tasks) {
    boost::this_fiber::yield();
  }
  const Stopwatch watch;
  for (fibers::fiber& fiber : started) {
    fiber.join();
  }
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the count of yields", came_back, tasks * yields);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(tasks * yields));
  output.check_ok(came_back, tasks * yields);
}

void run_spawn_join(const Params& params, Output& output) {
  const auto batch = static_cast<std::uint64_t>(params.get("batch"));
  const auto rounds = static_cast<std::uint64_t>(params.get("rounds"));
  const std::uint64_t tasks = batch * rounds;
  Stacks stacks = make_stacks(params);
  (void)spawn_and_join(stacks, batch, 1);
  const Stopwatch watch;
  const std::uint64_t sum = spawn_and_join(stacks, batch, rounds);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of the indices", sum, tasks * (tasks - 1) / 2);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(tasks));
  output.check_ok(sum, tasks);
}

void run_ping_pong(const Params& params, Output& output) {
  const auto round_trips = static_cast<std::uint64_t>(params.get("round_trips"));
  // A buffered_channel of 2 holds one value: one of its slots always stays empty.
  fibers::buffered_channel<std::uint64_t> there(2);
  fibers::buffered_channel<std::uint64_t> back(2);
  Stacks stacks = make_stacks(params);
  fibers::fiber second = start(stacks, [&] {
    for (std::uint64_t i = 0; i < round_trips; ++i) {
      back.push(there.value_pop() + 1);
    }
  });
  std::uint64_t sum = 0;
  const Stopwatch watch;
  for (std::uint64_t i = 0; i < round_trips; ++i) {
    there.push(i);
    sum += back.value_pop();
  }
  const double elapsed_ns = watch.elapsed_ns();
  second.join();
  check_equal("the sum of the answers", sum, round_trips * (round_trips + 1) / 2);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(round_trips));
  output.check_ok(sum, round_trips);
}

void run_deep_await(const Params& params, Output& output) {
  const auto depth = static_cast<std::uint64_t>(params.get("depth"));
  const auto repeats = static_cast<std::uint64_t>(params.get("repeats"));
  const bool suspend = params.get("suspend") != 0;
  // A fixed stack has to be told how deep it will get.
  constexpr std::size_t kFrameBytes = 128;
  Stacks stacks = make_stacks(params, kStackBytes + depth * kFrameBytes);
  std::uint64_t sum = 0;
  double elapsed_ns = 0;
  start(stacks, [&] {
    const Stopwatch watch;
    for (std::uint64_t i = 0; i < repeats; ++i) {
      sum += descend(depth, suspend);
    }
    elapsed_ns = watch.elapsed_ns();
  }).join();
  check_equal("the sum of the depths", sum, depth * repeats);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(depth * repeats));
  output.check_ok(sum, depth * repeats);
}

void run_sleepers(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  Stacks stacks = make_stacks(params);
  std::vector<fibers::fiber> started;
  started.reserve(tasks);
  const Memory before = memory_now();
  const double cpu_at_start = process_cpu_seconds();
  CommonInstant instant(std::chrono::milliseconds(params.get("sleep_ms")));
  std::uint64_t asleep = 0;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < tasks; ++i) {
    instant.postpone_if_early();
    started.push_back(start(stacks, [&, i] {
      ++asleep;
      while (!instant.passed()) {
        boost::this_fiber::sleep_until(instant.at());
      }
      sum += i;
    }));
  }
  while (asleep < tasks) {
    instant.postpone_if_early();
    boost::this_fiber::yield();
  }
  const Memory all_asleep = memory_now();
  for (fibers::fiber& fiber : started) {
    fiber.join();
  }
  const double cpu_seconds = process_cpu_seconds() - cpu_at_start;
  check_equal("the sum of the indices", sum, tasks * (tasks - 1) / 2);
  output.metric("bytes_per_task", "B", bytes_each(before, all_asleep, tasks));
  output.metric("ns_per_op", "ns", cpu_seconds * 1e9 / static_cast<double>(tasks));
  output.check_ok(sum, tasks);
}

}  // namespace twofold::compare
