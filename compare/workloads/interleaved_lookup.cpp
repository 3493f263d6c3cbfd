// `interleaved_lookup`: hiding cache misses by letting others run while the line is on its way
// ("Interleaving with coroutines", Jonathan et al. 2018; CoroBase, He et al. 2021).
//
// Beside the tasks' figure stand two that were written by hand in the same process: one lookup
// after the other, and group prefetching, the state machine that tasks are to replace.
#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

// A table of 64-byte lines; each says which line the next step of a lookup goes to.
class Table {
 public:
  explicit Table(std::uint64_t bytes) : lines_(bytes / sizeof(Line)) {
    void* const memory = ::mmap(nullptr, lines_ * sizeof(Line), PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    ::madvise(memory, lines_ * sizeof(Line), MADV_HUGEPAGE);
    line_ = static_cast<Line*>(memory);
    for (std::uint64_t i = 0; i < lines_; ++i) line_[i].value = mix(i);
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() { ::munmap(line_, lines_ * sizeof(Line)); }

  // SplitMix64's finalizer.
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EB;
    return x ^ (x >> 31U);
  }

  [[nodiscard]] std::uint64_t start_of(std::uint64_t key) const { return mix(key) % lines_; }
  [[nodiscard]] std::uint64_t next_of(std::uint64_t line) const {
    return line_[line].value % lines_;
  }
  [[nodiscard]] std::uint64_t value_of(std::uint64_t line) const { return line_[line].value; }
  void prefetch(std::uint64_t line) const { __builtin_prefetch(&line_[line]); }

 private:
  struct alignas(64) Line {
    std::uint64_t value;
  };
  std::uint64_t lines_;
  Line* line_ = nullptr;
};

constexpr int kSteps = 4;  // dependent misses of a lookup

TF_ASYNC(std::uint64_t)
look_up(const Table& table, std::uint64_t first, std::uint64_t stride, std::uint64_t keys) {
  std::uint64_t sum = 0;
  for (std::uint64_t key = first; key < keys; key += stride) {
    std::uint64_t line = table.start_of(key);
    for (int step = 1; step < kSteps; ++step) {
      table.prefetch(line);
      if (stride > 1) TF_AWAIT(yield_now());
      line = table.next_of(line);
    }
    table.prefetch(line);
    if (stride > 1) TF_AWAIT(yield_now());
    sum += table.value_of(line);
  }
  TF_RETURN sum;
}

TF_ASYNC(std::uint64_t) look_up_all(const Table& table, std::uint64_t width, std::uint64_t keys) {
  std::vector<JoinHandle<std::uint64_t>> tasks;
  for (std::uint64_t i = 0; i < width; ++i) {
    tasks.push_back(spawn(look_up, std::cref(table), i, width, keys));
  }
  std::uint64_t sum = 0;
  for (auto& task : tasks) sum += TF_AWAIT(task);
  TF_RETURN sum;
}

std::uint64_t one_after_the_other(const Table& table, std::uint64_t keys) {
  std::uint64_t sum = 0;
  for (std::uint64_t key = 0; key < keys; ++key) {
    std::uint64_t line = table.start_of(key);
    for (int step = 1; step < kSteps; ++step) line = table.next_of(line);
    sum += table.value_of(line);
  }
  return sum;
}

std::uint64_t group_prefetching(const Table& table, std::uint64_t width, std::uint64_t keys) {
  std::vector<std::uint64_t> lines(width);
  std::uint64_t sum = 0;
  for (std::uint64_t first = 0; first < keys; first += width) {
    const std::uint64_t group = std::min(width, keys - first);
    for (std::uint64_t i = 0; i < group; ++i) {
      lines[i] = table.start_of(first + i);
      table.prefetch(lines[i]);
    }
    for (int step = 1; step < kSteps; ++step) {
      for (std::uint64_t i = 0; i < group; ++i) {
        lines[i] = table.next_of(lines[i]);
        table.prefetch(lines[i]);
      }
    }
    for (std::uint64_t i = 0; i < group; ++i) sum += table.value_of(lines[i]);
  }
  return sum;
}

void run_interleaved_lookup(const Params& params, Output& output) {
  const auto width = static_cast<std::uint64_t>(params.get("width"));
  const auto keys = static_cast<std::uint64_t>(params.get("lookups"));
  if (width == 0) throw Unsupported("a width of 0");
  const Table table(static_cast<std::uint64_t>(params.get("table_mib")) << 20U);
  const auto per_lookup = [&](const Stopwatch& watch) {
    return watch.elapsed_ns() / static_cast<double>(keys);
  };
  const Stopwatch sequential;
  const std::uint64_t expected = one_after_the_other(table, keys);
  output.metric("sequential_ns_per_op", "ns", per_lookup(sequential));
  const Stopwatch grouped;
  check_equal("group prefetching's sum", group_prefetching(table, width, keys), expected);
  output.metric("group_prefetch_ns_per_op", "ns", per_lookup(grouped));

  Runtime runtime(runtime_options(params));
  const Stopwatch watch;
  const std::uint64_t sum = runtime.block_on(look_up_all, std::cref(table), width, keys);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum of the values", sum, expected);
  report_ns_per_op(output, elapsed_ns, keys, sum);
}

const RegisteredWorkload registered(workload_info("interleaved_lookup"), run_interleaved_lookup);

}  // namespace
}  // namespace twofold::compare
