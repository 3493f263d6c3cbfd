// `yield`, `spawn_join`, `ping_pong` and `deep_await` with blocking threads.
#include <sched.h>

#include <condition_variable>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "baselines/threads/thread.hpp"
#include "baselines/threads/workloads.hpp"
#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

// A bounded queue of one place: the textbook monitor.
class Channel {
 public:
  void send(std::uint64_t value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !value_.has_value(); });
    value_ = value;
    lock.unlock();
    changed_.notify_one();
  }

  std::uint64_t receive() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return value_.has_value(); });
    const std::uint64_t value = *value_;
    value_.reset();
    lock.unlock();
    changed_.notify_one();
    return value;
  }

 private:
  std::mutex mutex_;
  // One for both directions: with one sender and one receiver only one of them can be waiting.
  std::condition_variable changed_;
  std::optional<std::uint64_t> value_;
};

std::uint64_t spawn_and_join(std::uint64_t batch, std::uint64_t rounds) {
  const auto results = std::make_shared<std::vector<std::uint64_t>>(batch);
  std::vector<Thread> threads;
  threads.reserve(batch);
  std::uint64_t sum = 0;
  for (std::uint64_t first = 0; first < batch * rounds; first += batch) {
    for (std::uint64_t i = 0; i < batch; ++i) {
      threads.emplace_back([results, i, first] { (*results)[i] = first + i; }, i);
    }
    for (std::uint64_t i = 0; i < batch; ++i) {
      threads[i].join();
      sum += (*results)[i];
    }
    threads.clear();
  }
  return sum;
}

// The empty asm statement keeps the compiler from turning the recursion into a loop: a frame a call
// is what is measured.
[[gnu::noinline]] std::uint64_t descend(std::uint64_t depth, bool suspend) {
  if (depth <= 1) {
    if (suspend) {
      ::sched_yield();
    }
    return 1;
  }
  std::uint64_t below = descend(depth - 1, suspend);
  asm volatile("" : "+r"(below));
  return below + 1;
}

// What blocking costs: how often the kernel switched for each operation.
void report_switches(Output& output, std::uint64_t before, std::uint64_t ops) {
  output.metric("context_switches_per_op", "",
                static_cast<double>(context_switches() - before) / static_cast<double>(ops));
}

}  // namespace

void run_yield(const Params& params, Output& output) {
  const auto tasks = static_cast<std::uint64_t>(params.get("tasks"));
  const auto yields = static_cast<std::uint64_t>(params.get("yields"));
  require_threads(tasks);

  // Owned by the threads as well: they outlive this function if it fails half way.
  struct Gate {
    explicit Gate(std::ptrdiff_t n) : ready(n), open(1) {}
    std::latch ready;
    std::latch open;
  };
  const auto gate = std::make_shared<Gate>(static_cast<std::ptrdiff_t>(tasks));
  const auto done = std::make_shared<std::vector<std::uint64_t>>(tasks);
  std::vector<Thread> threads;
  threads.reserve(tasks);
  for (std::uint64_t i = 0; i < tasks; ++i) {
    threads.emplace_back(
        [gate, done, i, yields] {
          gate->ready.count_down();
          gate->open.wait();
          std::uint64_t came_back = 0;
          for (; came_back < yields; ++came_back) {
            ::sched_yield();
          }
          (*done)[i] = came_back;
        },
        i);
  }
  gate->ready.wait();
  const std::uint64_t switches_before = context_switches();
  const Stopwatch watch;
  gate->open.count_down();
  std::uint64_t checksum = 0;
  for (std::uint64_t i = 0; i < tasks; ++i) {
    threads[i].join();
    checksum += (*done)[i];
  }
  const double elapsed_ns = watch.elapsed_ns();
  report_switches(output, switches_before, tasks * yields);
  check_equal("the count of yields", checksum, tasks * yields);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(tasks * yields));
  output.check_ok(checksum, tasks * yields);
}

void run_spawn_join(const Params& params, Output& output) {
  const auto batch = static_cast<std::uint64_t>(params.get("batch"));
  const auto rounds = static_cast<std::uint64_t>(params.get("rounds"));
  const std::uint64_t tasks = batch * rounds;
  require_threads(batch);

  (void)spawn_and_join(batch, 1);
  const Stopwatch watch;
  const std::uint64_t checksum = spawn_and_join(batch, rounds);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of the indices", checksum, tasks * (tasks - 1) / 2);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(tasks));
  output.check_ok(checksum, tasks);
}

void run_ping_pong(const Params& params, Output& output) {
  const auto round_trips = static_cast<std::uint64_t>(params.get("round_trips"));
  Channel there;
  Channel back;
  Thread second(
      [&] {
        for (std::uint64_t i = 0; i < round_trips; ++i) {
          back.send(there.receive() + 1);
        }
      },
      0);
  std::uint64_t checksum = 0;
  const std::uint64_t switches_before = context_switches();
  const Stopwatch watch;
  for (std::uint64_t i = 0; i < round_trips; ++i) {
    there.send(i);
    checksum += back.receive();
  }
  const double elapsed_ns = watch.elapsed_ns();
  report_switches(output, switches_before, round_trips);
  second.join();
  check_equal("the sum of the answers", checksum, round_trips * (round_trips + 1) / 2);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(round_trips));
  output.check_ok(checksum, round_trips);
}

void run_deep_await(const Params& params, Output& output) {
  const auto depth = static_cast<std::uint64_t>(params.get("depth"));
  const auto repeats = static_cast<std::uint64_t>(params.get("repeats"));
  const bool suspend = params.get("suspend") != 0;

  // A frame takes 32 to 48 bytes; a stack of its own makes depth independent of the shell's limit.
  constexpr std::size_t kFrameBytes = 128;
  std::uint64_t checksum = 0;
  double elapsed_ns = 0;
  Thread thread(
      [&] {
        const Stopwatch watch;
        for (std::uint64_t i = 0; i < repeats; ++i) {
          checksum += descend(depth, suspend);
        }
        elapsed_ns = watch.elapsed_ns();
      },
      0, kSmallStackBytes + depth * kFrameBytes);
  thread.join();
  check_equal("the sum of the depths", checksum, depth * repeats);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(depth * repeats));
  output.check_ok(checksum, depth * repeats);
}

}  // namespace twofold::compare
