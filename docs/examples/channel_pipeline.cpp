// channel_pipeline: three tasks joined by channels: numbers, their squares, the sum.
//
// The channels hold four values: a task that is ahead of the next one waits. Each task ends when
// the one before it has: a channel is closed when its sender is gone.
#include <cstdio>
#include <optional>
#include <twofold/twofold.hpp>
#include <utility>

namespace {

constexpr std::size_t kCapacity = 4;

TF_ASYNC(void) count_to(int last, twofold::Sender<int> out) {
  for (int number = 1; number <= last; ++number) TF_AWAIT(out.send(number));
  TF_RETURN;
}

TF_ASYNC(void) square(twofold::Receiver<int> in, twofold::Sender<long> out) {
  while (const std::optional<int> number = TF_AWAIT(in.recv())) {
    TF_AWAIT(out.send(long{*number} * *number));
  }
  TF_RETURN;
}

TF_ASYNC(long) sum(twofold::Receiver<long> in) {
  long total = 0;
  while (const std::optional<long> value = TF_AWAIT(in.recv())) total += *value;
  TF_RETURN total;
}

TF_ASYNC(long) sum_of_squares(int last) {
  auto [numbers_in, numbers_out] = twofold::channel<int>(kCapacity);
  auto [squares_in, squares_out] = twofold::channel<long>(kCapacity);
  auto counting = twofold::spawn(count_to, last, std::move(numbers_in));
  auto squaring = twofold::spawn(square, std::move(numbers_out), std::move(squares_in));
  const long total = TF_AWAIT(sum(std::move(squares_out)));
  TF_AWAIT(counting);
  TF_AWAIT(squaring);
  TF_RETURN total;
}

}  // namespace

int main() {
  std::printf("the sum of the squares up to 100 is %ld\n", twofold::block_on(sum_of_squares, 100));
}
