// `select_race`: several futures at once, of which one wins and the others are given up.
#include <chrono>
#include <variant>

#include "workloads/workload.hpp"

namespace twofold::compare {
namespace {

TF_ASYNC(void)
feed(Sender<std::uint64_t> left, Sender<std::uint64_t> right, std::uint64_t rounds) {
  for (std::uint64_t i = 0; i < rounds; ++i) {
    (void)TF_AWAIT((i % 3 == 0 ? left : right).send(i));
  }
  TF_RETURN;
}

struct Sums {
  std::uint64_t left = 0;
  std::uint64_t right = 0;
};

TF_ASYNC(Sums) race(std::uint64_t rounds) {
  using namespace std::chrono_literals;
  auto [to_left, left_end] = channel<std::uint64_t>(1);
  auto [to_right, right_end] = channel<std::uint64_t>(1);
  Receiver<std::uint64_t> left = std::move(left_end);
  Receiver<std::uint64_t> right = std::move(right_end);
  auto feeder = spawn(feed, std::move(to_left), std::move(to_right), rounds);
  Sums sums;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    auto winner = TF_AWAIT(select(left.recv(), right.recv(), sleep(1h)));
    if (winner.index() == 0) {
      sums.left += std::get<0>(winner).value();
    } else if (winner.index() == 1) {
      sums.right += std::get<1>(winner).value();
    } else {
      throw CheckFailed("an hour went by in a race");
    }
  }
  TF_AWAIT(feeder);
  TF_RETURN sums;
}

void run_select_race(const Params& params, Output& output) {
  const auto rounds = static_cast<std::uint64_t>(params.get("rounds"));
  Sums expected;
  for (std::uint64_t i = 0; i < rounds; ++i) (i % 3 == 0 ? expected.left : expected.right) += i;
  Runtime runtime(runtime_options(params));
  const Stopwatch watch;
  const Sums sums = runtime.block_on(race, rounds);
  const double elapsed_ns = watch.elapsed_ns();
  check_equal("the sum from the left", sums.left, expected.left);
  check_equal("the sum from the right", sums.right, expected.right);
  report_ns_per_op(output, elapsed_ns, rounds, sums.left * 31 + sums.right);
}

const RegisteredWorkload registered(workload_info("select_race"), run_select_race);

}  // namespace
}  // namespace twofold::compare
