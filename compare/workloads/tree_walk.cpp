// `tree_walk`: a generator that is recursive: each key is handed to the consumer from however deep
// in the tree the walk is.
#include <random>
#include <utility>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

struct Node {
  std::uint64_t key = 0;
  std::uint32_t left = 0;  // index of the child, 0 for none; the root is 1
  std::uint32_t right = 0;
};

// A search tree of `nodes` distinct keys, as random insertion makes it.
std::vector<Node> make_tree(std::uint64_t nodes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Node> tree(1);
  tree.reserve(nodes + 1);
  for (std::uint64_t i = 0; i < nodes; ++i) {
    const std::uint64_t key = (random() & ~std::uint64_t{0xFFFFFFFF}) | i;
    const auto added = static_cast<std::uint32_t>(tree.size());
    tree.push_back({key});
    for (std::uint32_t at = 1; at != added;) {
      std::uint32_t& child = key < tree[at].key ? tree[at].left : tree[at].right;
      at = child == 0 ? std::exchange(child, added), added : child;
    }
  }
  return tree;
}

// Gives the number of keys that it handed over.
[[gnu::noinline]] TF_ASYNC(std::uint64_t)
    walk(const std::vector<Node>& tree, std::uint32_t at, const Sender<std::uint64_t>& to) {
  if (at == 0) TF_RETURN 0;
  const std::uint64_t left = TF_AWAIT(walk(tree, tree[at].left, to));
  (void)TF_AWAIT(to.send(tree[at].key));
  const std::uint64_t right = TF_AWAIT(walk(tree, tree[at].right, to));
  TF_RETURN left + 1 + after_call(right);
}

TF_ASYNC(std::uint64_t) generate(const std::vector<Node>& tree, Sender<std::uint64_t> to) {
  TF_RETURN TF_AWAIT(walk(tree, 1, to));
}

struct Result {
  std::uint64_t keys = 0;
  std::uint64_t hash = 0;
  bool sorted = true;
};

TF_ASYNC(Result) consume(const std::vector<Node>& tree) {
  auto [sender, receiver] = channel<std::uint64_t>(1);
  Receiver<std::uint64_t> from = std::move(receiver);
  auto generator = spawn(generate, std::cref(tree), std::move(sender));
  Result result;
  std::uint64_t last = 0;
  while (const auto key = TF_AWAIT(from.recv())) {
    result.sorted = result.sorted && (result.keys == 0 || last < *key);
    last = *key;
    ++result.keys;
    result.hash = result.hash * 1'099'511'628'211 + *key;
  }
  const std::uint64_t handed_over = TF_AWAIT(generator);
  check_equal("the count of keys handed over", handed_over, result.keys);
  TF_RETURN result;
}

void run_tree_walk(const Params& params, Output& output) {
  const auto nodes = static_cast<std::uint64_t>(params.get("nodes"));
  const std::vector<Node> tree = make_tree(nodes, params.seed());
  Runtime runtime(runtime_options(params));
  const Stopwatch watch;
  const Result result = runtime.block_on(consume, std::cref(tree));
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the count of keys", result.keys, nodes);
  if (!result.sorted) throw CheckFailed("the keys do not come in order");
  report_ns_per_op(output, elapsed_ns, nodes, result.hash);
}

const RegisteredWorkload registered(workload_info("tree_walk"), run_tree_walk);

}  // namespace
}  // namespace twofold::compare
