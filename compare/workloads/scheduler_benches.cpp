// `spawn_many`, `yield_many`, `oneshot_ping_pong`, `chained_spawn`: Tokio's own four benchmarks of
// its scheduler, by their definitions (tokio/benches/rt_multi_threaded.rs).
#include <atomic>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

using Tell = Sender<std::uint64_t>;

struct Result {
  std::uint64_t done = 0;
  double elapsed_ns = 0;
};

std::uint64_t count_of(const Params& params, const char* name) {
  return static_cast<std::uint64_t>(params.get(name));
}

// Runs `bench` with `params`' two sizes, whose product is the number of operations.
template <class Bench>
void run_bench(const Params& params, Output& output, Bench bench, const char* size,
               const char* repeats) {
  const std::uint64_t ops = count_of(params, size) * count_of(params, repeats);
  Runtime runtime(runtime_options(params, Tasks::share_nothing_bare));
  const Result result = runtime.block_on(bench, count_of(params, size), count_of(params, repeats));
  check_equal("the count of operations", result.done, ops);
  report_ns_per_op(output, result.elapsed_ns, ops, result.done);
}

// ---- spawn_many ----

TF_ASYNC(void) count_down(std::atomic<std::uint64_t>& left, Tell tell) {
  if (left.fetch_sub(1, std::memory_order_relaxed) == 1) (void)TF_AWAIT(tell.send(1));
  TF_RETURN;
}

TF_ASYNC(Result) spawn_many(std::uint64_t tasks, std::uint64_t rounds) {
  auto [tell, told] = channel<std::uint64_t>(1);
  std::atomic<std::uint64_t> left{0};
  Result result;
  const Stopwatch watch;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    left.store(tasks, std::memory_order_relaxed);
    for (std::uint64_t i = 0; i < tasks; ++i) spawn(count_down, std::ref(left), Tell(tell));
    (void)TF_AWAIT(told.recv());
    result.done += tasks - left.load(std::memory_order_relaxed);
  }
  result.elapsed_ns = watch.elapsed_ns();
  TF_RETURN result;
}

// ---- yield_many ----

TF_ASYNC(void) yield_and_tell(std::uint64_t yields, Tell tell) {
  std::uint64_t came_back = 0;
  for (; came_back < yields; ++came_back) TF_AWAIT(yield_now());
  (void)TF_AWAIT(tell.send(came_back));
  TF_RETURN;
}

TF_ASYNC(Result) yield_many(std::uint64_t tasks, std::uint64_t yields) {
  auto [tell, told] = channel<std::uint64_t>(tasks);
  Result result;
  const Stopwatch watch;
  for (std::uint64_t i = 0; i < tasks; ++i) spawn(yield_and_tell, yields, Tell(tell));
  for (std::uint64_t i = 0; i < tasks; ++i) result.done += TF_AWAIT(told.recv()).value_or(0);
  result.elapsed_ns = watch.elapsed_ns();
  TF_RETURN result;
}

// ---- oneshot_ping_pong ----

TF_ASYNC(void) answer(OneshotReceiver<std::uint64_t> ping, OneshotSender<std::uint64_t> pong) {
  const auto value = TF_AWAIT(ping);
  if (value) pong.send(*value);
  TF_RETURN;
}

struct Pings {
  std::atomic<std::uint64_t> left{0};
  std::atomic<std::uint64_t> answered{0};
};

TF_ASYNC(void) ping_once(Pings& pings, Tell tell) {
  auto [ping, pinged] = oneshot<std::uint64_t>();
  auto [pong, ponged] = oneshot<std::uint64_t>();
  spawn(answer, std::move(pinged), std::move(pong));
  ping.send(1);
  const auto value = TF_AWAIT(ponged);
  pings.answered.fetch_add(value.value_or(0), std::memory_order_relaxed);
  if (pings.left.fetch_sub(1, std::memory_order_acq_rel) == 1) (void)TF_AWAIT(tell.send(1));
  TF_RETURN;
}

TF_ASYNC(void) spawn_pings(Pings& pings, std::uint64_t count, Tell tell) {
  for (std::uint64_t i = 0; i < count; ++i) spawn(ping_once, std::ref(pings), Tell(tell));
  TF_RETURN;
}

TF_ASYNC(Result) oneshot_ping_pong(std::uint64_t count, std::uint64_t rounds) {
  auto [tell, told] = channel<std::uint64_t>(1);
  Pings pings;
  Result result;
  const Stopwatch watch;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    pings.left.store(count, std::memory_order_relaxed);
    spawn(spawn_pings, std::ref(pings), count, Tell(tell));
    (void)TF_AWAIT(told.recv());
  }
  result.elapsed_ns = watch.elapsed_ns();
  result.done = pings.answered.load(std::memory_order_relaxed);
  TF_RETURN result;
}

// ---- chained_spawn ----

TF_ASYNC(void) spawn_next(std::uint64_t left, std::uint64_t ran, Tell tell) {
  if (left == 1) {
    (void)TF_AWAIT(tell.send(ran + 1));
  } else {
    spawn(spawn_next, left - 1, ran + 1, std::move(tell));
  }
  TF_RETURN;
}

TF_ASYNC(Result) chained_spawn(std::uint64_t tasks, std::uint64_t rounds) {
  auto [tell, told] = channel<std::uint64_t>(1);
  Result result;
  const Stopwatch watch;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    spawn(spawn_next, tasks, std::uint64_t{0}, Tell(tell));
    result.done += TF_AWAIT(told.recv()).value_or(0);
  }
  result.elapsed_ns = watch.elapsed_ns();
  TF_RETURN result;
}

const RegisteredWorkload many(workload_info("spawn_many"), [](const Params& p, Output& output) {
  run_bench(p, output, spawn_many, "tasks", "rounds");
});
const RegisteredWorkload yields(workload_info("yield_many"), [](const Params& p, Output& output) {
  run_bench(p, output, yield_many, "tasks", "yields");
});
const RegisteredWorkload pings(workload_info("oneshot_ping_pong"),
                               [](const Params& p, Output& output) {
                                 run_bench(p, output, oneshot_ping_pong, "pings", "rounds");
                               });
const RegisteredWorkload chain(workload_info("chained_spawn"), [](const Params& p, Output& output) {
  run_bench(p, output, chained_spawn, "tasks", "rounds");
});

}  // namespace
}  // namespace twofold::compare
