// What happens inside a process, one thing at a time: poll, wake, await, frame or stack of a task,
// timer, channel. In the dialect, compiled for each runtime.
//
//     ninja -C build/micro micro-tasks-stackless micro-tasks-stackful
//     build/micro/compare/micro/micro-tasks-stackful --benchmark_filter=await
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <twofold/twofold.hpp>
#include <vector>

namespace {

using namespace twofold;

// Runs `body(state)` as a task of a runtime with one worker: its loop is over the state.
template <typename Body>
void run_as_task(benchmark::State& state, Body body) {
  Runtime runtime({.workers = 1});
  runtime.block_on(body, std::ref(state));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

// --- poll ---------------------------------------------------------------------------------------

// A future that is ready at once.
class Counted {
 public:
  using Output = std::uint64_t;
  explicit Counted(std::uint64_t value) : value_(value) {}
  Poll<std::uint64_t> poll(Context&) { return Ready(value_); }

 private:
  std::uint64_t value_;
};

TF_ASYNC(void) await_ready_futures(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(TF_AWAIT(Counted(state.iterations())));
  }
  TF_RETURN;
}

void poll_ready(benchmark::State& state) { run_as_task(state, await_ready_futures); }
BENCHMARK(poll_ready);

TF_ASYNC(void) await_combined(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(TF_AWAIT(ready(1) | map([](int value) { return value + 1; })));
  }
  TF_RETURN;
}

void poll_combinator(benchmark::State& state) { run_as_task(state, await_combined); }
BENCHMARK(poll_combinator);

// --- wake ---------------------------------------------------------------------------------------

// Pending once, having woken its own task.
class WakesItself {
 public:
  using Output = Unit;
  Poll<Unit> poll(Context& context) {
    if (woken_) return Ready();
    woken_ = true;
    context.waker().wake();
    return Pending;
  }

 private:
  bool woken_ = false;
};

TF_ASYNC(void) await_self_waking(benchmark::State& state) {
  for (auto _ : state) TF_AWAIT(WakesItself());
  TF_RETURN;
}

void wake_and_suspend(benchmark::State& state) { run_as_task(state, await_self_waking); }
BENCHMARK(wake_and_suspend);

TF_ASYNC(void) yield_alone(benchmark::State& state) {
  for (auto _ : state) TF_AWAIT(yield_now());
  TF_RETURN;
}

void yield(benchmark::State& state) { run_as_task(state, yield_alone); }
BENCHMARK(yield);

// --- await --------------------------------------------------------------------------------------

[[gnu::noinline]] TF_ASYNC(std::uint64_t) add_one(std::uint64_t value) { TF_RETURN value + 1; }

TF_ASYNC(void) await_calls(benchmark::State& state) {
  std::uint64_t value = 0;
  for (auto _ : state) {
    value = TF_AWAIT(add_one(value));
    benchmark::DoNotOptimize(value);
  }
  TF_RETURN;
}

void await_call(benchmark::State& state) { run_as_task(state, await_calls); }
BENCHMARK(await_call);

TF_ASYNC(std::uint64_t) descend(std::int64_t depth) {
  if (depth <= 1) {
    TF_AWAIT(yield_now());
    TF_RETURN 1;
  }
  std::uint64_t below = TF_AWAIT(descend(depth - 1));
  asm volatile("" : "+r"(below));
  TF_RETURN below + 1;
}

TF_ASYNC(void) await_depth(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(TF_AWAIT(descend(state.range(0))));
  TF_RETURN;
}

void await_deep(benchmark::State& state) { run_as_task(state, await_depth); }
BENCHMARK(await_deep)->RangeMultiplier(8)->Range(1, 512);

// --- the place of a task ------------------------------------------------------------------------

TF_ASYNC(std::uint64_t) identity(std::uint64_t value) { TF_RETURN value; }

TF_ASYNC(void) spawn_one_by_one(benchmark::State& state) {
  for (auto _ : state) {
    auto task = spawn(identity, std::uint64_t{1});
    benchmark::DoNotOptimize(TF_AWAIT(task));
  }
  TF_RETURN;
}

void spawn_and_join(benchmark::State& state) { run_as_task(state, spawn_one_by_one); }
BENCHMARK(spawn_and_join);

// --- timers -------------------------------------------------------------------------------------

TF_ASYNC(void) race_timers(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(TF_AWAIT(timeout(std::chrono::hours(1), ready(1))));
  }
  TF_RETURN;
}

void timer_not_needed(benchmark::State& state) { run_as_task(state, race_timers); }
BENCHMARK(timer_not_needed);

TF_ASYNC(void) sleep_in_virtual_time(benchmark::State& state) {
  for (auto _ : state) TF_AWAIT(sleep(std::chrono::milliseconds(1)));
  TF_RETURN;
}

// Set, waited for and fired; time jumps, so that nothing but the wheel is measured.
void timer_fires(benchmark::State& state) {
  Runtime runtime({.workers = 1, .clock = Clock::virtual_time});
  runtime.block_on(sleep_in_virtual_time, std::ref(state));
}
BENCHMARK(timer_fires);

// --- channels -----------------------------------------------------------------------------------

TF_ASYNC(void) send_to_itself(benchmark::State& state) {
  auto [sender, receiver] = channel<std::uint64_t>(1);
  for (auto _ : state) {
    TF_AWAIT(sender.send(1));
    benchmark::DoNotOptimize(TF_AWAIT(receiver.recv()));
  }
  TF_RETURN;
}

void channel_without_waiting(benchmark::State& state) { run_as_task(state, send_to_itself); }
BENCHMARK(channel_without_waiting);

TF_ASYNC(void) echo(Receiver<std::uint64_t> requests, Sender<std::uint64_t> answers) {
  while (auto value = TF_AWAIT(requests.recv())) TF_AWAIT(answers.send(*value));
  TF_RETURN;
}

TF_ASYNC(void) send_to_and_fro(benchmark::State& state) {
  auto [requests, requests_end] = channel<std::uint64_t>(1);
  auto [answers, answers_end] = channel<std::uint64_t>(1);
  auto peer = spawn(echo, std::move(requests_end), std::move(answers));
  Sender<std::uint64_t> to_peer = std::move(requests);
  Receiver<std::uint64_t> from_peer = std::move(answers_end);
  for (auto _ : state) {
    TF_AWAIT(to_peer.send(1));
    benchmark::DoNotOptimize(TF_AWAIT(from_peer.recv()));
  }
  to_peer.close();
  TF_AWAIT(peer);
  TF_RETURN;
}

void channel_round_trip(benchmark::State& state) { run_as_task(state, send_to_and_fro); }
BENCHMARK(channel_round_trip);

}  // namespace
