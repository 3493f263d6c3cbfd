// The hot paths, one after the other, each a fixed number of times: a program whose instructions
// are counted (count_instructions.py). Built for each runtime.
//
// Under callgrind each path is counted by itself: the counts are set to zero when it is warm, and
// written out under its name at its end. Counts do not depend on the machine's load, so a change of
// a few instructions is seen. Without callgrind the program tells nanoseconds, for what they are
// worth on the machine it runs on.
#include <valgrind/callgrind.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <twofold/twofold.hpp>
#include <vector>

namespace twofold {
namespace {

constexpr std::uint64_t kTimes = 20'000;  // how often each path is gone, about

/// Counts what happens during its life as `operations` of the path `name`.
class Counted {
 public:
  Counted(const char* name, std::uint64_t operations) : name_(name), operations_(operations) {
    CALLGRIND_ZERO_STATS;
    start_ = std::chrono::steady_clock::now();
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() {
    const auto end = std::chrono::steady_clock::now();
    // The name carries the number of operations to whoever reads the dumps.
    std::array<char, 64> label{};
    std::snprintf(label.data(), label.size(), "%s/%llu", name_,
                  static_cast<unsigned long long>(operations_));
    CALLGRIND_DUMP_STATS_AT(label.data());
    const double ns = std::chrono::duration<double, std::nano>(end - start_).count();
    std::printf("%-14s %8.1f ns\n", name_, ns / static_cast<double>(operations_));
  }

 private:
  const char* name_;
  std::uint64_t operations_;
  std::chrono::steady_clock::time_point start_;
};

// ---- yield: a thousand tasks take turns ----

TF_ASYNC(void) yielder(std::uint64_t yields) {
  for (std::uint64_t i = 0; i < yields; ++i) TF_AWAIT(yield_now());
  TF_RETURN;
}

TF_ASYNC(void) count_yield() {
  constexpr std::uint64_t kTasks = 1000;
  std::vector<JoinHandle<void>> handles;
  for (std::uint64_t i = 0; i < kTasks; ++i) handles.push_back(spawn(yielder, 2 + kTimes / kTasks));
  TF_AWAIT(yield_now());
  TF_AWAIT(yield_now());
  {
    const Counted counted("yield", kTimes);
    for (std::uint64_t i = 0; i < kTimes / kTasks; ++i) TF_AWAIT(yield_now());
  }
  for (auto& handle : handles) TF_AWAIT(handle);
  TF_RETURN;
}

// ---- spawn and join, in batches ----

TF_ASYNC(std::uint64_t) identity(std::uint64_t value) { TF_RETURN value; }

TF_ASYNC(std::uint64_t) spawn_batches(std::uint64_t batches, std::uint64_t batch) {
  std::uint64_t sum = 0;
  std::vector<JoinHandle<std::uint64_t>> handles;
  handles.reserve(batch);
  for (std::uint64_t i = 0; i < batches; ++i) {
    for (std::uint64_t k = 0; k < batch; ++k) handles.push_back(spawn(identity, k));
    for (auto& handle : handles) sum += TF_AWAIT(handle);
    handles.clear();
  }
  TF_RETURN sum;
}

TF_ASYNC(void) count_spawn_join() {
  (void)TF_AWAIT(spawn_batches(2, 1000));
  const Counted counted("spawn_join", kTimes);
  (void)TF_AWAIT(spawn_batches(kTimes / 1000, 1000));
  TF_RETURN;
}

// A task that keeps a callable with a capture and an argument.
TF_ASYNC(void) count_spawn_lambda() {
  std::uint64_t sum = 0;
  const auto once = [&sum](std::uint64_t times) -> TF_ASYNC(void) {
    for (std::uint64_t i = 0; i < times; ++i) {
      auto handle = spawn(
          [&sum](std::uint64_t value) -> TF_ASYNC(void) {
            sum += value;
            TF_RETURN;
          },
          i);
      TF_AWAIT(handle);
    }
    TF_RETURN;
  };
  TF_AWAIT(once(100));
  const Counted counted("spawn_lambda", kTimes / 10);
  TF_AWAIT(once(kTimes / 10));
  TF_RETURN;
}

// ---- channels ----

TF_ASYNC(void) answer(Receiver<std::uint64_t> requests, Sender<std::uint64_t> answers) {
  while (auto value = TF_AWAIT(requests.recv())) TF_AWAIT(answers.send(*value + 1));
  TF_RETURN;
}

TF_ASYNC(void) count_round_trip() {
  auto [to_peer, requests] = channel<std::uint64_t>(1);
  auto [answers, from_peer] = channel<std::uint64_t>(1);
  auto peer = spawn(answer, std::move(requests), std::move(answers));
  const auto ask = [&tx = to_peer, &rx = from_peer](std::uint64_t times) -> TF_ASYNC(void) {
    for (std::uint64_t i = 0; i < times; ++i) {
      TF_AWAIT(tx.send(i));
      (void)TF_AWAIT(rx.recv());
    }
    TF_RETURN;
  };
  TF_AWAIT(ask(100));
  {
    const Counted counted("round_trip", kTimes);
    TF_AWAIT(ask(kTimes));
  }
  to_peer.close();
  TF_AWAIT(peer);
  TF_RETURN;
}

TF_ASYNC(void) pass_on(Receiver<std::uint64_t> from, Sender<std::uint64_t> to) {
  while (auto value = TF_AWAIT(from.recv())) TF_AWAIT(to.send(*value));
  TF_RETURN;
}

TF_ASYNC(void) count_ring_hop() {
  constexpr std::uint64_t kMembers = 100;
  auto [first, from] = channel<std::uint64_t>(1);
  Sender<std::uint64_t> start = std::move(first);
  Receiver<std::uint64_t> end = std::move(from);
  std::vector<JoinHandle<void>> members;
  for (std::uint64_t i = 0; i < kMembers; ++i) {
    auto [to, next] = channel<std::uint64_t>(1);
    members.push_back(spawn(pass_on, std::move(end), std::move(to)));
    end = std::move(next);
  }
  TF_AWAIT(start.send(0));
  (void)TF_AWAIT(end.recv());
  {
    const Counted counted("ring_hop", kTimes);
    for (std::uint64_t i = 0; i < kTimes / kMembers; ++i) {
      TF_AWAIT(start.send(i));
      (void)TF_AWAIT(end.recv());
    }
  }
  start.close();
  for (auto& member : members) TF_AWAIT(member);
  TF_RETURN;
}

// ---- depth ----

// On a fiber too each is a call with a frame of its own: neither folded into another nor made a loop.
[[gnu::noinline]] TF_ASYNC(std::uint64_t) descend(std::uint64_t depth) {
  if (depth <= 1) TF_RETURN 1;
  std::uint64_t below = TF_AWAIT(descend(depth - 1));
  asm volatile("" : "+r"(below));
  TF_RETURN below + 1;
}

TF_ASYNC(void) count_nested_await() {
  constexpr std::uint64_t kDepth = 50;
  (void)TF_AWAIT(descend(kDepth));
  const Counted counted("nested_await", kTimes);
  for (std::uint64_t i = 0; i < kTimes / kDepth; ++i) (void)TF_AWAIT(descend(kDepth));
  TF_RETURN;
}

[[gnu::noinline]] TF_ASYNC(std::uint64_t) yield_below(std::uint64_t depth, std::uint64_t yields) {
  if (depth <= 1) {
    TF_AWAIT(yield_now());
    const Counted counted("deep_resume", kTimes);
    for (std::uint64_t i = 0; i < yields; ++i) TF_AWAIT(yield_now());
    TF_RETURN 1;
  }
  std::uint64_t below = TF_AWAIT(yield_below(depth - 1, yields));
  asm volatile("" : "+r"(below));
  TF_RETURN below + 1;
}

TF_ASYNC(void) count_deep_resume() {
  (void)TF_AWAIT(yield_below(200, kTimes));
  TF_RETURN;
}

// ---- wakes, timers, locks ----

TF_ASYNC(void) count_timer() {
  // Cancelled before it ends: queued in the wheel, taken out again, nobody sleeps.
  const auto race = [](std::uint64_t times) -> TF_ASYNC(void) {
    for (std::uint64_t i = 0; i < times; ++i) {
      TF_AWAIT(select(sleep(std::chrono::hours(1)), yield_now()));
    }
    TF_RETURN;
  };
  TF_AWAIT(race(100));
  const Counted counted("timer", kTimes / 4);
  TF_AWAIT(race(kTimes / 4));
  TF_RETURN;
}

TF_ASYNC(void) lock_and_yield(Mutex& mutex, std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    const auto guard = TF_AWAIT(mutex.lock());
    TF_AWAIT(yield_now());
  }
  TF_RETURN;
}

TF_ASYNC(void) count_mutex() {
  Mutex mutex;
  auto other = spawn(lock_and_yield, std::ref(mutex), 100 + kTimes / 4);
  TF_AWAIT(lock_and_yield(mutex, 100));
  {
    const Counted counted("contended_lock", kTimes / 4);
    TF_AWAIT(lock_and_yield(mutex, kTimes / 4));
  }
  TF_AWAIT(other);
  TF_RETURN;
}

// ---- a tree of tasks ----

TF_ASYNC(std::uint64_t) tree(std::uint64_t leaves) {
  constexpr std::uint64_t kFan = 10;
  if (leaves == 1) TF_RETURN 1;
  std::array<std::optional<JoinHandle<std::uint64_t>>, kFan> children;
  for (auto& child : children) child.emplace(spawn(tree, leaves / kFan));
  std::uint64_t sum = 0;
  for (auto& child : children) sum += TF_AWAIT(*child);
  TF_RETURN sum;
}

TF_ASYNC(void) count_tree() {
  (void)TF_AWAIT(tree(10'000));
  const Counted counted("tree_leaf", 10'000);
  (void)TF_AWAIT(tree(10'000));
  TF_RETURN;
}

TF_ASYNC(void) count_all() {
  TF_AWAIT(count_yield());
  TF_AWAIT(count_spawn_join());
  TF_AWAIT(count_spawn_lambda());
  TF_AWAIT(count_round_trip());
  TF_AWAIT(count_ring_hop());
  TF_AWAIT(count_nested_await());
  TF_AWAIT(count_deep_resume());
  TF_AWAIT(count_timer());
  TF_AWAIT(count_mutex());
  TF_AWAIT(count_tree());
  TF_RETURN;
}

}  // namespace
}  // namespace twofold

int main() {
  twofold::block_on(twofold::count_all);
  return 0;
}
