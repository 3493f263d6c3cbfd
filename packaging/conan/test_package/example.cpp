// Lets a task hand a value to another, and says which runtime it was built for.
#include <cstdio>
#include <twofold/twofold.hpp>

namespace {

TF_ASYNC(int) answer(int half) {
  TF_AWAIT(twofold::yield_now());
  TF_RETURN 2 * half;
}

TF_ASYNC(int) ask() {
  auto task = twofold::spawn(answer, 21);
  const int value = TF_AWAIT(task);
  TF_RETURN value;
}

}  // namespace

int main() {
  const int value = twofold::block_on(ask);
  std::printf("%s: %d\n", twofold::kRuntimeName, value);
  return value == 42 ? 0 : 1;
}
