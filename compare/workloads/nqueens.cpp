// `nqueens`: fork and join with some work and some state in each task. The definition is that of
// the fork-join libraries' benchmarks: a task for each row that is not attacked, the board by
// value.
#include <array>
#include <cstdlib>
#include <optional>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

constexpr std::size_t kMostQueens = 16;
using Board = std::array<std::int8_t, kMostQueens>;  // the row of each column's queen

bool is_attacked(const Board& board, std::size_t column, std::size_t row) {
  for (std::size_t i = 0; i < column; ++i) {
    const auto other = static_cast<std::size_t>(board[i]);
    const std::size_t distance = column - i;
    if (other == row || other + distance == row || row + distance == other) return true;
  }
  return false;
}

struct Count {
  std::uint64_t solutions = 0;
  std::uint64_t tasks = 0;
};

TF_ASYNC(Count) place(Board board, std::size_t column, std::size_t n) {
  if (column == n) TF_RETURN Count{1, 1};
  std::array<std::optional<JoinHandle<Count>>, kMostQueens> children;
  for (std::size_t row = 0; row < n; ++row) {
    if (is_attacked(board, column, row)) continue;
    board[column] = static_cast<std::int8_t>(row);
    children[row].emplace(spawn(place, board, column + 1, n));
  }
  Count count{0, 1};
  for (auto& child : children) {
    if (!child) continue;
    const Count below = TF_AWAIT(*child);
    count.solutions += below.solutions;
    count.tasks += below.tasks;
  }
  TF_RETURN count;
}

void run_nqueens(const Params& params, Output& output) {
  static constexpr std::array<std::uint64_t, kMostQueens + 1> kSolutions = {
      1,   1,   0,     0,      2,      10,      4,         40,        92,
      352, 724, 2'680, 14'200, 73'712, 365'596, 2'279'184, 14'772'512};
  const auto n = static_cast<std::size_t>(params.get("n"));
  if (n > kMostQueens) throw Unsupported("a board of more than 16 columns");
  Runtime runtime(runtime_options(params, Tasks::share_nothing_bare));
  const Stopwatch watch;
  const Count count = runtime.block_on(place, Board{}, std::size_t{0}, n);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the number of solutions", count.solutions, kSolutions[n]);
  report_ns_per_op(output, elapsed_ns, count.tasks, count.solutions);
}

const RegisteredWorkload registered(workload_info("nqueens"), run_nqueens);

}  // namespace
}  // namespace twofold::compare
