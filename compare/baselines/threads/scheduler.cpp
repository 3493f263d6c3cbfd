// `spawn_many`, `yield_many`, `oneshot_ping_pong`, `chained_spawn` with blocking threads.
#include <sched.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <semaphore>

#include "baselines/threads/thread.hpp"
#include "baselines/threads/workloads.hpp"
#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

// Shared by threads that may outlive a run that fails.
struct Shared {
  std::atomic<std::uint64_t> left{0};
  std::atomic<std::uint64_t> done{0};
  std::counting_semaphore<> told{0};
};

std::uint64_t count_of(const Params& params, const char* name) {
  return static_cast<std::uint64_t>(params.get(name));
}

void run_bench(std::uint64_t ops, Output& output,
               const std::function<void(const std::shared_ptr<Shared>&)>& bench) {
  const auto shared = std::make_shared<Shared>();
  const Stopwatch watch;
  bench(shared);
  const double elapsed_ns = watch.elapsed_ns();
  const std::uint64_t done = shared->done.load();
  check_equal("the count of operations", done, ops);
  output.metric("ns_per_op", "ns", elapsed_ns / static_cast<double>(ops));
  output.check_ok(done, ops);
}

// Runs on without a handle.
void detach(std::function<void()> body, std::uint64_t already_running = 0) {
  Thread(std::move(body), already_running);
}

void ping_once(const std::shared_ptr<Shared>& shared) {
  std::promise<std::uint64_t> ping;
  std::promise<std::uint64_t> pong;
  std::future<std::uint64_t> ponged = pong.get_future();
  Thread partner([&pong, pinged = ping.get_future().share()] { pong.set_value(pinged.get()); }, 0);
  ping.set_value(1);
  shared->done.fetch_add(ponged.get());
  partner.join();
  if (shared->left.fetch_sub(1) == 1) {
    shared->told.release();
  }
}

void spawn_next(std::uint64_t left, const std::shared_ptr<Shared>& shared) {
  shared->done.fetch_add(1);
  if (left == 1) {
    shared->told.release();
  } else {
    detach([left, shared] { spawn_next(left - 1, shared); });
  }
}

}  // namespace

void run_spawn_many(const Params& params, Output& output) {
  const std::uint64_t tasks = count_of(params, "tasks");
  const std::uint64_t rounds = count_of(params, "rounds");
  require_threads(tasks);
  run_bench(tasks * rounds, output, [&](const std::shared_ptr<Shared>& shared) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      shared->left.store(tasks);
      for (std::uint64_t i = 0; i < tasks; ++i) {
        const auto count_down = [shared] {
          if (shared->left.fetch_sub(1) == 1) {
            shared->told.release();
          }
        };
        detach(count_down, i);
      }
      shared->told.acquire();
      shared->done.fetch_add(tasks - shared->left.load());
    }
  });
}

void run_yield_many(const Params& params, Output& output) {
  const std::uint64_t tasks = count_of(params, "tasks");
  const std::uint64_t yields = count_of(params, "yields");
  require_threads(tasks);
  run_bench(tasks * yields, output, [&](const std::shared_ptr<Shared>& shared) {
    for (std::uint64_t i = 0; i < tasks; ++i) {
      const auto yield_and_tell = [shared, yields] {
        for (std::uint64_t n = 0; n < yields; ++n) {
          ::sched_yield();
        }
        shared->done.fetch_add(yields);
        shared->told.release();
      };
      detach(yield_and_tell, i);
    }
    for (std::uint64_t i = 0; i < tasks; ++i) {
      shared->told.acquire();
    }
  });
}

void run_oneshot_ping_pong(const Params& params, Output& output) {
  const std::uint64_t pings = count_of(params, "pings");
  const std::uint64_t rounds = count_of(params, "rounds");
  require_threads(2 * pings);
  run_bench(pings * rounds, output, [&](const std::shared_ptr<Shared>& shared) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      shared->left.store(pings);
      const auto spawn_pings = [shared, pings] {
        for (std::uint64_t i = 0; i < pings; ++i) {
          detach([shared] { ping_once(shared); }, i);
        }
      };
      detach(spawn_pings);
      shared->told.acquire();
    }
  });
}

void run_chained_spawn(const Params& params, Output& output) {
  const std::uint64_t tasks = count_of(params, "tasks");
  const std::uint64_t rounds = count_of(params, "rounds");
  run_bench(tasks * rounds, output, [&](const std::shared_ptr<Shared>& shared) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      detach([shared, tasks] { spawn_next(tasks, shared); });
      shared->told.acquire();
    }
  });
}

}  // namespace twofold::compare
