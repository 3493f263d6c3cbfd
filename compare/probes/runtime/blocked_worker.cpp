// `blocked_worker`: tasks that tick every millisecond while one of them blocks its thread for
// 50 ms, on the worker itself or on the pool for blocking work: how late are the ticks?
#include <algorithm>
#include <chrono>
#include <thread>
#include <twofold/twofold.hpp>
#include <vector>

#include "runtime/probes.hpp"

namespace twofold::compare {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kBlocked{50};
constexpr std::chrono::milliseconds kTick{1};

void block() { std::this_thread::sleep_for(kBlocked); }

TF_ASYNC(void) tick(int ticks, std::vector<double>& late_us) {
  const auto start = Clock::now();
  for (int i = 1; i <= ticks; ++i) {
    const auto due = start + i * kTick;
    TF_AWAIT(sleep_until(due));
    late_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - due).count());
  }
  TF_RETURN;
}

TF_ASYNC(void) block_once(bool on_pool) {
  TF_AWAIT(sleep(std::chrono::milliseconds(10)));
  if (on_pool) {
    TF_AWAIT(spawn_blocking(block));
  } else {
    block();
  }
  TF_RETURN;
}

TF_ASYNC(void) run_all(int tasks, int ticks, bool on_pool, std::vector<double>& late_us) {
  std::vector<JoinHandle<void>> handles;
  handles.push_back(spawn(block_once, on_pool));
  for (int i = 0; i < tasks; ++i) handles.push_back(spawn(tick, ticks, std::ref(late_us)));
  for (auto& handle : handles) TF_AWAIT(handle);
  TF_RETURN;
}

void run_blocked_worker(const Params& params, Output& output) {
  const auto tasks = static_cast<int>(params.get("tasks"));
  const auto ticks = static_cast<int>(params.get("ticks"));
  std::vector<double> late_us;
  Runtime runtime({.workers = 1});
  runtime.block_on(run_all, tasks, ticks, params.get("on_pool") != 0, std::ref(late_us));
  std::sort(late_us.begin(), late_us.end());
  check_equal("the count of ticks", late_us.size(), static_cast<std::uint64_t>(tasks * ticks));
  output.metric("p50_us", "us", late_us[late_us.size() / 2]);
  output.metric("p99_us", "us", late_us[late_us.size() * 99 / 100]);
  output.check_ok(late_us.size(), late_us.size());
}

}  // namespace

Workload blocked_worker_probe() {
  const auto point = [](std::int64_t on_pool) {
    return Point{{"on_pool", on_pool}, {"tasks", 20}, {"ticks", 100}};
  };
  return {{.name = "blocked_worker",
           .summary = "lateness of ticks while one task blocks its thread for 50 ms",
           .metric = "p99_us",
           .axis = "on_pool",
           .smoke = {point(0)},
           .quick = {point(0), point(1)},
           .full = {point(0), point(1)}},
          run_blocked_worker};
}

}  // namespace twofold::compare
