// `yield`, `spawn_join` and `ping_pong` with promises.
#include <cstdint>
#include <optional>
#include <vector>

#include "baselines/promises/event_loop.hpp"
#include "baselines/promises/promise.hpp"
#include "baselines/promises/workloads.hpp"
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
    throw Unsupported("promises run on one thread");
  }
}

void report(Output& output, double elapsed_ns, std::uint64_t ops, std::uint64_t checksum) {
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(ops));
  output.check_ok(checksum, ops);
}

// The rest runs as a microtask behind those that wait: what `await null` does.
Promise<Nothing> next_turn() { return Promise<Nothing>::resolved({}); }

Promise<std::uint64_t> yielder(const Promise<Nothing>& gate, std::uint64_t yields) {
  return gate.then([yields](Nothing) {
    return repeat([left = yields, yields]() mutable {
      return next_turn().then(
          [&left, yields](Nothing) { return --left == 0 ? Done(yields) : Done(); });
    });
  });
}

// Awaits all, one after the other, and sums them up.
Promise<std::uint64_t> sum_of(std::vector<Promise<std::uint64_t>> promises) {
  return repeat(
      [promises = std::move(promises), next = std::size_t{0}, sum = std::uint64_t{0}]() mutable {
        return promises[next].then([&](std::uint64_t value) {
          sum += value;
          return ++next == promises.size() ? Done(sum) : Done();
        });
      });
}

// An async function that returns its index.
Promise<std::uint64_t> identity(std::uint64_t index) {
  return Promise<std::uint64_t>::resolved(index);
}

Promise<std::uint64_t> sum_of_batch(std::uint64_t first, std::uint64_t batch) {
  std::vector<Promise<std::uint64_t>> promises;
  promises.reserve(batch);
  for (std::uint64_t i = 0; i < batch; ++i) {
    promises.push_back(identity(first + i));
  }
  return sum_of(std::move(promises));
}

// A channel of one place, for one sender and one receiver.
class Channel {
 public:
  Promise<Nothing> send(std::uint64_t value) {
    if (receiver_) {
      std::exchange(receiver_, std::nullopt)->resolve(value);
    } else if (!value_) {
      value_ = value;
    } else {
      return sender_.emplace().then([this, value](Nothing) { return send(value); });
    }
    return Promise<Nothing>::resolved({});
  }

  Promise<std::uint64_t> receive() {
    if (!value_) {
      return receiver_.emplace();
    }
    const std::uint64_t value = *std::exchange(value_, std::nullopt);
    if (sender_) {
      std::exchange(sender_, std::nullopt)->resolve({});
    }
    return Promise<std::uint64_t>::resolved(value);
  }

 private:
  std::optional<std::uint64_t> value_;
  std::optional<Promise<std::uint64_t>> receiver_;
  std::optional<Promise<Nothing>> sender_;
};

Promise<std::uint64_t> answer_pings(Channel& there, Channel& back, std::uint64_t round_trips) {
  return repeat([&there, &back, round_trips, i = std::uint64_t{0}]() mutable {
    return there.receive()
        .then([&back](std::uint64_t value) { return back.send(value + 1); })
        .then([&i, round_trips](Nothing) { return ++i == round_trips ? Done(i) : Done(); });
  });
}

Promise<std::uint64_t> ping(Channel& there, Channel& back, std::uint64_t round_trips) {
  return repeat(
      [&there, &back, round_trips, i = std::uint64_t{0}, sum = std::uint64_t{0}]() mutable {
        return there.send(i)
            .then([&back](Nothing) { return back.receive(); })
            .then([&, round_trips](std::uint64_t value) {
              sum += value;
              return ++i == round_trips ? Done(sum) : Done();
            });
      });
}

}  // namespace

void run_yield(const Params& params, Output& output) {
  const std::uint64_t tasks = count_of(params, "tasks");
  const std::uint64_t yields = count_of(params, "yields");
  require_one_worker(params);
  PromiseLoop loop;
  const Promise<Nothing> gate;
  std::vector<Promise<std::uint64_t>> promises;
  promises.reserve(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i) {
    promises.push_back(yielder(gate, yields));
  }
  const Stopwatch watch;
  gate.resolve({});
  const std::uint64_t came_back = loop.run(sum_of(std::move(promises)));
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the count of yields", came_back, tasks * yields);
  report(output, elapsed_ns, tasks * yields, came_back);
}

void run_spawn_join(const Params& params, Output& output) {
  const std::uint64_t batch = count_of(params, "batch");
  const std::uint64_t tasks = batch * count_of(params, "rounds");
  require_one_worker(params);
  PromiseLoop loop;
  (void)loop.run(sum_of_batch(0, batch));
  std::uint64_t sum = 0;
  const Stopwatch watch;
  for (std::uint64_t first = 0; first < tasks; first += batch) {
    sum += loop.run(sum_of_batch(first, batch));
  }
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of the indices", sum, tasks * (tasks - 1) / 2);
  report(output, elapsed_ns, tasks, sum);
}

void run_ping_pong(const Params& params, Output& output) {
  const std::uint64_t round_trips = count_of(params, "round_trips");
  require_one_worker(params);
  PromiseLoop loop;
  Channel there;
  Channel back;
  const Stopwatch watch;
  const Promise<std::uint64_t> second = answer_pings(there, back, round_trips);
  const std::uint64_t sum = loop.run(ping(there, back, round_trips));
  const double elapsed_ns = watch.elapsed_ns();
  (void)loop.run(second);
  check_equal("the sum of the answers", sum, round_trips * (round_trips + 1) / 2);
  report(output, elapsed_ns, round_trips, sum);
}

}  // namespace twofold::compare
