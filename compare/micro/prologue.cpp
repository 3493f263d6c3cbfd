// What the check costs that -fsplit-stack puts at the beginning of each function: the same code
// with and without, in time and in bytes of text.
//
//     ninja -C build/micro micro-prologue && build/micro/compare/micro/micro-prologue
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "prologue_kernel.hpp"

namespace {

using namespace twofold::micro;

void note(benchmark::State& state, std::size_t text_bytes, double operations) {
  state.counters["text_bytes_of_all"] = static_cast<double>(text_bytes);
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * operations,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void leaf_call(benchmark::State& state, std::uint64_t (*calls)(std::uint64_t), std::size_t text) {
  constexpr std::uint64_t kCalls = 1'000'000;
  for (auto _ : state) benchmark::DoNotOptimize(calls(kCalls));
  note(state, text, kCalls);
}
void recursion(benchmark::State& state, std::uint64_t (*fib)(unsigned), std::size_t text) {
  constexpr unsigned kN = 27;
  constexpr double kCalls = 832'039;  // of fib(27)
  for (auto _ : state) benchmark::DoNotOptimize(fib(kN));
  note(state, text, kCalls);
}
void sort(benchmark::State& state, void (*sort_numbers)(std::uint64_t*, std::size_t),
          std::size_t text) {
  constexpr std::size_t kCount = 100'000;
  std::vector<std::uint64_t> original(kCount);
  std::mt19937_64 random(1);
  for (auto& number : original) number = random();
  std::vector<std::uint64_t> numbers(kCount);
  for (auto _ : state) {
    numbers = original;
    sort_numbers(numbers.data(), kCount);
    benchmark::DoNotOptimize(numbers.data());
  }
  note(state, text, kCount);
}
void tree(benchmark::State& state, std::uint64_t (*hash_tree)(std::uint64_t), std::size_t text) {
  constexpr std::uint64_t kNodes = 100'000;
  for (auto _ : state) benchmark::DoNotOptimize(hash_tree(kNodes));
  note(state, text, kNodes);
}

BENCHMARK_CAPTURE(leaf_call, plain, &plain::leaf_calls, plain::text_bytes());
BENCHMARK_CAPTURE(leaf_call, checked, &checked::leaf_calls, checked::text_bytes());
BENCHMARK_CAPTURE(recursion, plain, &plain::fib, plain::text_bytes());
BENCHMARK_CAPTURE(recursion, checked, &checked::fib, checked::text_bytes());
BENCHMARK_CAPTURE(sort, plain, &plain::sort_numbers, plain::text_bytes());
BENCHMARK_CAPTURE(sort, checked, &checked::sort_numbers, checked::text_bytes());
BENCHMARK_CAPTURE(tree, plain, &plain::hash_tree, plain::text_bytes());
BENCHMARK_CAPTURE(tree, checked, &checked::hash_tree, checked::text_bytes());

}  // namespace
