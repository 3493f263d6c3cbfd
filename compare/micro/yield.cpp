// Many fibers that do nothing but yield, in an order that has nothing to do with where they lie: of
// twofold and of Boost.Fiber, whose stacks are cut from one mapping here, which is the best that
// can be done for them.
//
//     ninja -C build/micro micro-yield && build/micro/compare/micro/micro-yield
#include <benchmark/benchmark.h>
#include <sys/mman.h>

#include <algorithm>
#include <boost/fiber/all.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <twofold/twofold.hpp>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[nodiscard]] std::uint64_t yields_of(std::uint64_t fibers) {
  constexpr std::uint64_t kInAll = 3'000'000;
  return std::max<std::uint64_t>(kInAll / fibers, 3);
}

[[nodiscard]] double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void report(benchmark::State& state, std::uint64_t fibers) {
  state.counters["a_yield"] =
      benchmark::Counter(static_cast<double>(state.iterations() *
                                             static_cast<std::int64_t>(fibers * yields_of(fibers))),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Lets the fibers in at once, in random order.
class Gate {
 public:
  void open() {
    open_ = true;
    std::shuffle(waiting_.begin(), waiting_.end(), std::mt19937_64(1));
    for (const twofold::Waker& waker : waiting_) waker.wake();
  }
  struct Pass {
    using Output = twofold::Unit;
    Gate& gate;
    twofold::Poll<twofold::Unit> poll(twofold::Context& context) {
      if (gate.open_) return twofold::Ready();
      gate.waiting_.push_back(context.waker());
      return twofold::Pending;
    }
  };
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  bool open_ = false;
  std::vector<twofold::Waker> waiting_;
};

void twofold_fibers(benchmark::State& state) {
  const auto fibers = static_cast<std::uint64_t>(state.range(0));
  const std::uint64_t yields = yields_of(fibers);
  twofold::Runtime runtime;
  for (auto _ : state) {
    const double seconds = runtime.block_on([&] {
      Gate gate;
      std::vector<twofold::JoinHandle<void>> handles;
      handles.reserve(fibers);
      for (std::uint64_t i = 0; i < fibers; ++i) {
        handles.push_back(twofold::spawn([&gate, yields] {
          twofold::await(Gate::Pass{gate});
          for (std::uint64_t n = 0; n < yields; ++n) twofold::await(twofold::yield_now());
        }));
      }
      while (gate.waiting() < fibers) twofold::await(twofold::yield_now());
      const auto begin = Clock::now();
      gate.open();
      for (auto& handle : handles) twofold::await(handle);
      return seconds_since(begin);
    });
    state.SetIterationTime(seconds);
  }
  report(state, fibers);
}

// Stacks of 8 KiB from one mapping, handed out in random order.
class ShuffledStacks {
 public:
  explicit ShuffledStacks(std::size_t count) : bytes_(count * kBytes) {
    memory_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED) throw std::runtime_error("no memory for the stacks");
    free_.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      free_.push_back(static_cast<std::byte*>(memory_) + (i + 1) * kBytes);
    std::shuffle(free_.begin(), free_.end(), std::mt19937_64(1));
  }
  ~ShuffledStacks() { ::munmap(memory_, bytes_); }
  ShuffledStacks(const ShuffledStacks&) = delete;
  ShuffledStacks& operator=(const ShuffledStacks&) = delete;

  class Allocator {
   public:
    explicit Allocator(ShuffledStacks& stacks) : stacks_(&stacks) {}
    boost::context::stack_context allocate() {
      boost::context::stack_context context;
      context.size = kBytes;
      context.sp = stacks_->free_.back();
      stacks_->free_.pop_back();
      return context;
    }
    void deallocate(boost::context::stack_context& context) noexcept {
      stacks_->free_.push_back(static_cast<std::byte*>(context.sp));
    }

   private:
    ShuffledStacks* stacks_;
  };

 private:
  static constexpr std::size_t kBytes = std::size_t{8} << 10;
  std::size_t bytes_;
  void* memory_;
  std::vector<std::byte*> free_;
};

void boost_fibers(benchmark::State& state) {
  const auto fibers = static_cast<std::uint64_t>(state.range(0));
  const std::uint64_t yields = yields_of(fibers);
  for (auto _ : state) {
    ShuffledStacks stacks(fibers);
    std::vector<boost::fibers::fiber> started;
    started.reserve(fibers);
    for (std::uint64_t i = 0; i < fibers; ++i) {
      started.emplace_back(boost::fibers::launch::post, std::allocator_arg,
                           ShuffledStacks::Allocator(stacks), [yields] {
                             for (std::uint64_t n = 0; n <= yields; ++n) boost::this_fiber::yield();
                           });
    }
    boost::this_fiber::yield();  // the first turn of each is mostly page faults
    const auto begin = Clock::now();
    for (auto& fiber : started) fiber.join();
    state.SetIterationTime(seconds_since(begin));
  }
  report(state, fibers);
}

void sweep(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("fibers")->Arg(2)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(1);
}

BENCHMARK(twofold_fibers)->Apply(sweep);
BENCHMARK(boost_fibers)->Apply(sweep);

}  // namespace
