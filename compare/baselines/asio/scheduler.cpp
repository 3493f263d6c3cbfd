// `spawn_many`, `yield_many`, `oneshot_ping_pong`, `chained_spawn` with Boost.Asio's coroutines.
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <memory>

#include "baselines/asio/asio.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {
namespace {

using Channel = asio::experimental::basic_channel<Executor, asio::experimental::channel_traits<>,
                                                  void(boost::system::error_code, std::uint64_t)>;

// What the tasks of one run share; all run on one thread.
struct Shared {
  explicit Shared(Executor from, std::size_t capacity) : executor(from), told(from, capacity) {}

  Executor executor;
  Channel told;
  std::uint64_t left = 0;
  std::uint64_t done = 0;
};

std::uint64_t count_of(const Params& params, const char* name) {
  return static_cast<std::uint64_t>(params.get(name));
}

Task<void> count_down(Shared& shared) {
  if (--shared.left == 0) {
    co_await shared.told.async_send({}, 1, kUseTask);
  }
}

Task<void> spawn_many(Shared& shared, std::uint64_t tasks, std::uint64_t rounds) {
  for (std::uint64_t round = 0; round < rounds; ++round) {
    shared.left = tasks;
    for (std::uint64_t i = 0; i < tasks; ++i) {
      asio::co_spawn(shared.executor, count_down(shared), asio::detached);
    }
    co_await shared.told.async_receive(kUseTask);
    shared.done += tasks - shared.left;
  }
}

Task<void> yield_and_tell(Shared& shared, std::uint64_t yields) {
  std::uint64_t came_back = 0;
  for (; came_back < yields; ++came_back) {
    co_await asio::post(shared.executor, kUseTask);
  }
  co_await shared.told.async_send({}, came_back, kUseTask);
}

Task<void> yield_many(Shared& shared, std::uint64_t tasks, std::uint64_t yields) {
  for (std::uint64_t i = 0; i < tasks; ++i) {
    asio::co_spawn(shared.executor, yield_and_tell(shared, yields), asio::detached);
  }
  for (std::uint64_t i = 0; i < tasks; ++i) {
    shared.done += co_await shared.told.async_receive(kUseTask);
  }
}

// A channel of one place serves as a oneshot.
struct Oneshots {
  explicit Oneshots(Executor executor) : ping(executor, 1), pong(executor, 1) {}

  Channel ping;
  Channel pong;
};

Task<void> answer(std::shared_ptr<Oneshots> oneshots) {
  const std::uint64_t value = co_await oneshots->ping.async_receive(kUseTask);
  co_await oneshots->pong.async_send({}, value, kUseTask);
}

Task<void> ping_once(Shared& shared) {
  const auto oneshots = std::make_shared<Oneshots>(shared.executor);
  asio::co_spawn(shared.executor, answer(oneshots), asio::detached);
  co_await oneshots->ping.async_send({}, 1, kUseTask);
  shared.done += co_await oneshots->pong.async_receive(kUseTask);
  if (--shared.left == 0) {
    co_await shared.told.async_send({}, 1, kUseTask);
  }
}

Task<void> spawn_pings(Shared& shared, std::uint64_t pings) {
  for (std::uint64_t i = 0; i < pings; ++i) {
    asio::co_spawn(shared.executor, ping_once(shared), asio::detached);
  }
  co_return;
}

Task<void> ping_pong(Shared& shared, std::uint64_t pings, std::uint64_t rounds) {
  for (std::uint64_t round = 0; round < rounds; ++round) {
    shared.left = pings;
    asio::co_spawn(shared.executor, spawn_pings(shared, pings), asio::detached);
    co_await shared.told.async_receive(kUseTask);
  }
}

Task<void> spawn_next(Shared& shared, std::uint64_t left) {
  ++shared.done;
  if (left == 1) {
    co_await shared.told.async_send({}, 1, kUseTask);
  } else {
    asio::co_spawn(shared.executor, spawn_next(shared, left - 1), asio::detached);
  }
}

Task<void> chained_spawn(Shared& shared, std::uint64_t tasks, std::uint64_t rounds) {
  for (std::uint64_t round = 0; round < rounds; ++round) {
    asio::co_spawn(shared.executor, spawn_next(shared, tasks), asio::detached);
    co_await shared.told.async_receive(kUseTask);
  }
}

void run_bench(const Params& params, Output& output,
               Task<void> (*bench)(Shared&, std::uint64_t, std::uint64_t), const char* size,
               const char* repeats) {
  const std::uint64_t ops = count_of(params, size) * count_of(params, repeats);
  SingleThread thread(params);
  Shared shared(thread.context().get_executor(), count_of(params, size));
  const Stopwatch watch;
  thread.run(bench(shared, count_of(params, size), count_of(params, repeats)));
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the count of operations", shared.done, ops);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(ops));
  output.check_ok(shared.done, ops);
}

}  // namespace

void run_spawn_many(const Params& params, Output& output) {
  run_bench(params, output, spawn_many, "tasks", "rounds");
}

void run_yield_many(const Params& params, Output& output) {
  run_bench(params, output, yield_many, "tasks", "yields");
}

void run_oneshot_ping_pong(const Params& params, Output& output) {
  run_bench(params, output, ping_pong, "pings", "rounds");
}

void run_chained_spawn(const Params& params, Output& output) {
  run_bench(params, output, chained_spawn, "tasks", "rounds");
}

}  // namespace twofold::compare
