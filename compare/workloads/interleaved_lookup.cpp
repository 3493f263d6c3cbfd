// `interleaved_lookup`: hiding cache misses by letting others run while the line is on its way
// ("Interleaving with coroutines", Jonathan et al. 2018; CoroBase, He et al. 2021).
//
// The lookups are those of a chained hash table: how many nodes one visits is not known before they
// have been read. In a loop whose every pass takes the same dependent steps a processor that
// executes out of order overlaps the passes by itself, and there is nothing left to hide.
//
// Beside the tasks' figure stand two that were written by hand in the same process: one lookup
// after the other, and a group of lookups that take turns, each place of the group refilled when
// its lookup ends (AMAC: Kocberber, Falsafi, Grot 2015), the state machine that tasks are to
// replace.
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

// Memory in huge pages where the kernel gives them, zeroed.
template <class T>
class LargeArray {
 public:
  explicit LargeArray(std::size_t count) : bytes_(count * sizeof(T)) {
    void* const memory =
        ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    ::madvise(memory, bytes_, MADV_HUGEPAGE);
    data_ = static_cast<T*>(memory);
  }
  LargeArray(const LargeArray&) = delete;
  LargeArray& operator=(const LargeArray&) = delete;
  ~LargeArray() { ::munmap(data_, bytes_); }

  [[nodiscard]] T& operator[](std::size_t i) const { return data_[i]; }

 private:
  std::size_t bytes_;
  T* data_ = nullptr;
};

// A hash table of 64-byte nodes, chained, four to a bucket on average; each node is at a random
// place of its chain's memory.
class Table {
 public:
  struct alignas(64) Node {
    std::uint64_t key;
    std::uint64_t value;
    const Node* next;
  };

  explicit Table(std::uint64_t bytes)
      : count_(std::bit_floor(bytes / sizeof(Node))),
        nodes_(count_),
        buckets_(count_ / kNodesPerBucket) {
    for (std::uint64_t i = 0; i < count_; ++i) {
      const Node*& bucket = buckets_[bucket_of(key_at(i))];
      nodes_[i] = {.key = key_at(i), .value = mix(i), .next = bucket};
      bucket = &nodes_[i];
    }
  }

  /// The key that the lookup of this number is for; the table has it.
  [[nodiscard]] std::uint64_t wanted(std::uint64_t lookup) const {
    return key_at(mix(lookup) & (count_ - 1));
  }
  [[nodiscard]] const Node*& bucket(std::uint64_t key) const { return buckets_[bucket_of(key)]; }

 private:
  static constexpr std::uint64_t kNodesPerBucket = 4;

  // SplitMix64's finalizer, a bijection.
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EB;
    return x ^ (x >> 31U);
  }
  static std::uint64_t key_at(std::uint64_t node) { return mix(node + 0x9E3779B97F4A7C15); }
  [[nodiscard]] std::uint64_t bucket_of(std::uint64_t key) const {
    return key & (count_ / kNodesPerBucket - 1);
  }

  std::uint64_t count_;
  LargeArray<Node> nodes_;
  LargeArray<const Node*> buckets_;
};

TF_ASYNC(std::uint64_t)
look_up(const Table& table, std::uint64_t first, std::uint64_t stride, std::uint64_t lookups) {
  std::uint64_t sum = 0;
  for (std::uint64_t lookup = first; lookup < lookups; lookup += stride) {
    const std::uint64_t key = table.wanted(lookup);
    const Table::Node*& bucket = table.bucket(key);
    __builtin_prefetch(&bucket);
    if (stride > 1) TF_AWAIT(yield_now());
    const Table::Node* node = bucket;
    for (;;) {
      __builtin_prefetch(node);
      if (stride > 1) TF_AWAIT(yield_now());
      if (node->key == key) break;
      node = node->next;
    }
    sum += node->value;
  }
  TF_RETURN sum;
}

TF_ASYNC(std::uint64_t)
look_up_all(const Table& table, std::uint64_t width, std::uint64_t lookups) {
  std::vector<JoinHandle<std::uint64_t>> tasks;
  for (std::uint64_t i = 0; i < width; ++i) {
    tasks.push_back(spawn(look_up, std::cref(table), i, width, lookups));
  }
  std::uint64_t sum = 0;
  for (auto& task : tasks) sum += TF_AWAIT(task);
  TF_RETURN sum;
}

std::uint64_t one_after_the_other(const Table& table, std::uint64_t lookups) {
  std::uint64_t sum = 0;
  for (std::uint64_t lookup = 0; lookup < lookups; ++lookup) {
    const std::uint64_t key = table.wanted(lookup);
    const Table::Node* node = table.bucket(key);
    while (node->key != key) node = node->next;
    sum += node->value;
  }
  return sum;
}

// One of a group of lookups that take turns.
struct Turn {
  std::uint64_t key;
  const Table::Node* const* bucket;  // null once it has been read
  const Table::Node* node;
};

std::uint64_t group_prefetching(const Table& table, std::uint64_t width, std::uint64_t lookups) {
  std::vector<Turn> group;
  std::uint64_t next = 0;
  const auto begin = [&](Turn& turn) {
    const std::uint64_t key = table.wanted(next++);
    turn = {.key = key, .bucket = &table.bucket(key), .node = nullptr};
    __builtin_prefetch(turn.bucket);
  };
  group.resize(std::min(width, lookups));
  for (Turn& turn : group) begin(turn);
  std::uint64_t sum = 0;
  while (!group.empty()) {
    for (std::size_t i = 0; i < group.size();) {
      Turn& turn = group[i];
      if (turn.bucket != nullptr) {
        turn.node = *std::exchange(turn.bucket, nullptr);
        __builtin_prefetch(turn.node);
      } else if (turn.node->key != turn.key) {
        turn.node = turn.node->next;
        __builtin_prefetch(turn.node);
      } else {
        sum += turn.node->value;
        if (next == lookups) {
          turn = group.back();
          group.pop_back();
          continue;
        }
        begin(turn);
      }
      ++i;
    }
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
