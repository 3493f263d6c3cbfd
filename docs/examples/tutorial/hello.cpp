// The tutorial's first program: two tasks that sleep at the same time.
#include <chrono>
#include <cstdio>
#include <twofold/twofold.hpp>

using namespace std::chrono_literals;

TF_ASYNC(int) slow_square(int number) {
  TF_AWAIT(twofold::sleep(100ms));
  TF_RETURN number* number;
}

TF_ASYNC(void) hello() {
  auto three = twofold::spawn(slow_square, 3);
  auto four = twofold::spawn(slow_square, 4);
  std::printf("%s: %d\n", twofold::kRuntimeName, TF_AWAIT(three) + TF_AWAIT(four));
  TF_RETURN;
}

int main() { twofold::block_on(hello); }
