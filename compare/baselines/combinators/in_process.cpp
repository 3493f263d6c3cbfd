// `yield`, `spawn_join` and `ping_pong` by combinators.
#include <cstdint>
#include <memory>
#include <twofold/twofold.hpp>
#include <vector>

#include "baselines/combinators/loop.hpp"
#include "baselines/combinators/workloads.hpp"
#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

using Done = std::optional<std::uint64_t>;  // of a loop: its result, or nothing to go on

std::uint64_t count_of(const Params& params, const char* name) {
  return static_cast<std::uint64_t>(params.get(name));
}

void require_one_worker(const Params& params) {
  if (params.workers() != 1) {
    throw Unsupported("the combinators baseline runs on one worker");
  }
}

void report(Output& output, double elapsed_ns, std::uint64_t ops, std::uint64_t checksum) {
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(ops));
  output.check_ok(checksum, ops);
}

auto yielder(WaitGroup& at_gate, Notify& gate, std::uint64_t yields) {
  at_gate.done();
  return gate.notified() | and_then([yields] {
           return Loop([left = yields, yields]() mutable {
             return yield_now() |
                    map([&left, yields] { return --left == 0 ? Done(yields) : Done(); });
           });
         });
}

// Joins all, one after the other.
auto join_in_order(std::vector<JoinHandle<std::uint64_t>>& handles) {
  return Loop([&handles, next = std::size_t{0}, sum = std::uint64_t{0}]() mutable {
    return std::move(handles[next]) | map([&handles, &next, &sum](std::uint64_t value) {
             sum += value;
             return ++next == handles.size() ? Done(sum) : Done();
           });
  });
}

using Values = Channel<std::uint64_t>;

auto send_back(Values& back, std::uint64_t value) {
  return back.sender.send(value) | map([](bool) { return Done(); });
}

auto answer_pings(Values& there, Values& back) {
  return Loop([&there, &back] {
    return there.receiver.recv() | and_then([&back](std::optional<std::uint64_t> value) {
             using Step = Either<decltype(send_back(back, 0)), decltype(ready(Done(0)))>;
             return value ? Step(std::in_place_index<0>, send_back(back, *value + 1))
                          : Step(std::in_place_index<1>, ready(Done(0)));
           });
  });
}

auto ping(Values& there, Values& back, std::uint64_t round_trips) {
  return Loop([&there, &back, round_trips, i = std::uint64_t{0}, sum = std::uint64_t{0}]() mutable {
    return there.sender.send(i) | and_then([&back](bool) { return back.receiver.recv(); }) |
           map([&, round_trips](std::optional<std::uint64_t> value) {
             sum += value.value_or(0);
             return ++i == round_trips ? Done(sum) : Done();
           });
  });
}

}  // namespace

void run_yield(const Params& params, Output& output) {
  const std::uint64_t tasks = count_of(params, "tasks");
  const std::uint64_t yields = count_of(params, "yields");
  require_one_worker(params);
  Runtime runtime;
  WaitGroup at_gate(tasks);
  Notify gate;
  std::vector<JoinHandle<std::uint64_t>> handles;
  handles.reserve(tasks);
  Stopwatch watch;
  double elapsed_ns = 0;
  const std::uint64_t came_back = runtime.block_on(
      yield_now() | and_then([&] {
        for (std::uint64_t i = 0; i < tasks; ++i) {
          handles.push_back(
              spawn(ready() | and_then([&, yields] { return yielder(at_gate, gate, yields); })));
        }
        return at_gate.wait();
      }) |
      and_then([] { return yield_now(); }) | and_then([&] {
        watch = Stopwatch();
        gate.notify_all();
        return join_in_order(handles);
      }) |
      map([&](std::uint64_t sum) {
        elapsed_ns = watch.elapsed_ns();
        return sum;
      }));
  check_equal("the count of yields", came_back, tasks * yields);
  report(output, elapsed_ns, tasks * yields, came_back);
}

void run_spawn_join(const Params& params, Output& output) {
  const std::uint64_t batch = count_of(params, "batch");
  const std::uint64_t tasks = batch * count_of(params, "rounds");
  require_one_worker(params);
  Runtime runtime;
  std::vector<JoinHandle<std::uint64_t>> handles;
  handles.reserve(batch);
  std::uint64_t first = 0;
  const auto spawn_batch = [&] {
    handles.clear();
    for (std::uint64_t i = 0; i < batch; ++i) handles.push_back(spawn(ready(first + i)));
    return join_in_order(handles);
  };
  double elapsed_ns = 0;
  Stopwatch watch;
  const std::uint64_t sum =
      runtime.block_on(yield_now() | and_then(spawn_batch) |  // a round that does not count
                       and_then([&](std::uint64_t) {
                         watch = Stopwatch();
                         return Loop([&, total = std::uint64_t{0}]() mutable {
                           return spawn_batch() | map([&](std::uint64_t part) {
                                    total += part;
                                    first += batch;
                                    return first == tasks ? Done(total) : Done();
                                  });
                         });
                       }) |
                       map([&](std::uint64_t total) {
                         elapsed_ns = watch.elapsed_ns();
                         return total;
                       }));
  check_equal("the sum of the indices", sum, tasks * (tasks - 1) / 2);
  report(output, elapsed_ns, tasks, sum);
}

void run_ping_pong(const Params& params, Output& output) {
  const std::uint64_t round_trips = count_of(params, "round_trips");
  require_one_worker(params);
  Runtime runtime;
  Values there = channel<std::uint64_t>(1);
  Values back = channel<std::uint64_t>(1);
  double elapsed_ns = 0;
  Stopwatch watch;
  std::optional<JoinHandle<std::uint64_t>> second;
  const std::uint64_t sum =
      runtime.block_on(yield_now() | and_then([&] {
                         second = spawn(answer_pings(there, back));
                         watch = Stopwatch();
                         return ping(there, back, round_trips);
                       }) |
                       and_then([&](std::uint64_t total) {
                         elapsed_ns = watch.elapsed_ns();
                         there.sender.close();
                         return std::move(*second) | map([total](std::uint64_t) { return total; });
                       }));
  check_equal("the sum of the answers", sum, round_trips * (round_trips + 1) / 2);
  report(output, elapsed_ns, round_trips, sum);
}

}  // namespace twofold::compare
