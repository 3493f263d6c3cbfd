// `yield`, `spawn_join`, `ping_pong`, `deep_await` and `sleepers` with Boost.Asio's coroutines.
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/experimental/promise.hpp>
#include <boost/asio/experimental/use_promise.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <vector>

#include "baselines/asio/asio.hpp"
#include "protocol/common_instant.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {
namespace {

using Channel = asio::experimental::basic_channel<Executor, asio::experimental::channel_traits<>,
                                                  void(boost::system::error_code, std::uint64_t)>;
using Timer = asio::basic_waitable_timer<CommonInstant::Clock,
                                         asio::wait_traits<CommonInstant::Clock>, Executor>;

// Begins before the clock does, and waits its turn until then.
Task<void> yielder(Executor executor, std::uint64_t yields, std::uint64_t& begun,
                   std::uint64_t& came_back) {
  ++begun;
  co_await asio::post(executor, kUseTask);
  for (std::uint64_t i = 0; i < yields; ++i) {
    co_await asio::post(executor, kUseTask);
    ++came_back;
  }
}

Task<std::uint64_t> indexed(std::uint64_t index) { co_return index; }

Task<std::uint64_t> spawn_and_join(Executor executor, std::uint64_t batch, std::uint64_t rounds) {
  using asio::experimental::use_promise;  // starts at once, to be awaited later
  using Joinable = decltype(asio::co_spawn(executor, indexed(0), use_promise));
  std::vector<Joinable> started;
  started.reserve(batch);
  std::uint64_t sum = 0;
  for (std::uint64_t first = 0; first < batch * rounds; first += batch) {
    for (std::uint64_t i = 0; i < batch; ++i) {
      started.push_back(asio::co_spawn(executor, indexed(first + i), use_promise));
    }
    for (Joinable& joinable : started) {
      sum += co_await joinable(kUseTask);
    }
    started.clear();
  }
  co_return sum;
}

Task<void> answer_pings(Channel& there, Channel& back, std::uint64_t round_trips) {
  for (std::uint64_t i = 0; i < round_trips; ++i) {
    const std::uint64_t value = co_await there.async_receive(kUseTask);
    co_await back.async_send({}, value + 1, kUseTask);
  }
}

Task<std::uint64_t> ping(Channel& there, Channel& back, std::uint64_t round_trips) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < round_trips; ++i) {
    co_await there.async_send({}, i, kUseTask);
    sum += co_await back.async_receive(kUseTask);
  }
  co_return sum;
}

Task<std::uint64_t> descend(Executor executor, std::uint64_t depth, bool suspend) {
  if (depth <= 1) {
    if (suspend) {
      co_await asio::post(executor, kUseTask);
    }
    co_return 1;
  }
  co_return 1 + co_await descend(executor, depth - 1, suspend);
}

// What the sleepers share; all run on one thread.
struct Dormitory {
  CommonInstant instant;
  std::uint64_t asleep = 0;
};

Task<std::uint64_t> sleeper(Executor executor, Dormitory& dormitory, std::uint64_t index) {
  ++dormitory.asleep;
  Timer timer(executor);
  while (!dormitory.instant.passed()) {
    timer.expires_at(dormitory.instant.at());
    co_await timer.async_wait(kUseTask);
  }
  co_return index;
}

struct NightReport {
  Memory all_asleep;
  std::uint64_t sum_of_indices = 0;
};

// Starts all sleepers, waits until each has gone to sleep, and joins them.
Task<NightReport> put_to_sleep(Executor executor, Dormitory& dormitory, std::uint64_t tasks) {
  using asio::experimental::use_promise;
  using Joinable = decltype(asio::co_spawn(executor, indexed(0), use_promise));
  std::vector<Joinable> started;
  started.reserve(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i) {
    dormitory.instant.postpone_if_early();
    started.push_back(asio::co_spawn(executor, sleeper(executor, dormitory, i), use_promise));
  }
  while (dormitory.asleep < tasks) {
    dormitory.instant.postpone_if_early();
    co_await asio::post(executor, kUseTask);
  }
  NightReport report{.all_asleep = memory_now()};
  for (Joinable& joinable : started) {
    report.sum_of_indices += co_await joinable(kUseTask);
  }
  co_return report;
}

}  // namespace

void run_yield(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  const auto yields = static_cast<std::uint64_t>(params.get("yields"));
  SingleThread thread(params);
  asio::io_context& context = thread.context();
  std::uint64_t begun = 0;
  std::uint64_t came_back = 0;
  for (std::uint64_t i = 0; i < tasks; ++i) {
    asio::co_spawn(context, yielder(context.get_executor(), yields, begun, came_back),
                   asio::detached);
  }
  while (begun < tasks) {
    context.poll_one();
  }
  const Stopwatch watch;
  context.run();
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the count of yields", came_back, tasks * yields);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(tasks * yields));
  output.check_ok(came_back, tasks * yields);
}

void run_spawn_join(const Params& params, Output& output) {
  const auto batch = static_cast<std::uint64_t>(params.get("batch"));
  const auto rounds = static_cast<std::uint64_t>(params.get("rounds"));
  const std::uint64_t tasks = batch * rounds;
  SingleThread thread(params);
  std::uint64_t sum = 0;
  double elapsed_ns = 0;
  thread.run([](Executor executor, std::uint64_t batch_size, std::uint64_t times,
                std::uint64_t& result, double& elapsed) -> Task<void> {
    (void)co_await spawn_and_join(executor, batch_size, 1);
    const Stopwatch watch;
    result = co_await spawn_and_join(executor, batch_size, times);
    elapsed = watch.elapsed_ns();
  }(thread.context().get_executor(), batch, rounds, sum, elapsed_ns));
  check_equal("the sum of the indices", sum, tasks * (tasks - 1) / 2);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(tasks));
  output.check_ok(sum, tasks);
}

void run_ping_pong(const Params& params, Output& output) {
  const auto round_trips = static_cast<std::uint64_t>(params.get("round_trips"));
  SingleThread thread(params);
  const Executor executor = thread.context().get_executor();
  Channel there(executor, 1);
  Channel back(executor, 1);
  asio::co_spawn(executor, answer_pings(there, back, round_trips), asio::detached);
  std::uint64_t sum = 0;
  double elapsed_ns = 0;
  thread.run([](Channel& to, Channel& from, std::uint64_t times, std::uint64_t& result,
                double& elapsed) -> Task<void> {
    const Stopwatch watch;
    result = co_await ping(to, from, times);
    elapsed = watch.elapsed_ns();
  }(there, back, round_trips, sum, elapsed_ns));
  check_equal("the sum of the answers", sum, round_trips * (round_trips + 1) / 2);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(round_trips));
  output.check_ok(sum, round_trips);
}

void run_deep_await(const Params& params, Output& output) {
  const auto depth = static_cast<std::uint64_t>(params.get("depth"));
  const auto repeats = static_cast<std::uint64_t>(params.get("repeats"));
  const bool suspend = params.get("suspend") != 0;
  SingleThread thread(params);
  std::uint64_t sum = 0;
  double elapsed_ns = 0;
  thread.run([](Executor executor, std::uint64_t frames, std::uint64_t times, bool suspending,
                std::uint64_t& result, double& elapsed) -> Task<void> {
    const Stopwatch watch;
    for (std::uint64_t i = 0; i < times; ++i) {
      result += co_await descend(executor, frames, suspending);
    }
    elapsed = watch.elapsed_ns();
  }(thread.context().get_executor(), depth, repeats, suspend, sum, elapsed_ns));
  check_equal("the sum of the depths", sum, depth * repeats);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(depth * repeats));
  output.check_ok(sum, depth * repeats);
}

void run_sleepers(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  SingleThread thread(params);
  const Memory before = memory_now();
  const double cpu_at_start = process_cpu_seconds();
  Dormitory dormitory{CommonInstant(std::chrono::milliseconds(params.get("sleep_ms")))};
  NightReport report;
  thread.run([](Executor executor, Dormitory& beds, std::uint64_t count,
                NightReport& result) -> Task<void> {
    result = co_await put_to_sleep(executor, beds, count);
  }(thread.context().get_executor(), dormitory, tasks, report));
  const double cpu_seconds = process_cpu_seconds() - cpu_at_start;
  check_equal("the sum of the indices", report.sum_of_indices, tasks * (tasks - 1) / 2);
  output.metric("bytes_per_task", "B", bytes_each(before, report.all_asleep, tasks));
  output.metric("ns_per_op", "ns", cpu_seconds * 1e9 / static_cast<double>(tasks));
  output.check_ok(report.sum_of_indices, tasks);
}

}  // namespace twofold::compare
